from django.db import migrations

from huifang.people.sealed_fields import SealedJson, SealedText
from huifang.people.sealing_rows import moved


class Migration(migrations.Migration):
    """What customers said is sealed; what is stored already, too."""

    dependencies = [("promises", "0001_initial")]

    operations = [
        migrations.AddField("promise", "sealed_said", SealedText(context="promises.promise.said")),
        migrations.AddField("promise", "sealed_heard", SealedText(context="promises.promise.heard")),
        migrations.AddField("promise", "sealed_data", SealedJson(context="promises.promise.data")),
        migrations.RunPython(moved("promises", "Promise", said="sealed_said", heard="sealed_heard", data="sealed_data"), moved("promises", "Promise", sealed_said="said", sealed_heard="heard", sealed_data="data")),
        migrations.RemoveField("promise", "said"),
        migrations.RemoveField("promise", "heard"),
        migrations.RemoveField("promise", "data"),
        migrations.RenameField("promise", "sealed_said", "said"),
        migrations.RenameField("promise", "sealed_heard", "heard"),
        migrations.RenameField("promise", "sealed_data", "data"),
    ]

from django.db import migrations

from huifang.people.sealed_fields import SealedJson, SealedText
from huifang.people.sealing_rows import moved


class Migration(migrations.Migration):
    """What customers said is sealed; what is stored already, too."""

    dependencies = [("followups", "0008_mood_of_attempt")]

    operations = [
        migrations.AddField("attemptevent", "sealed_data", SealedJson(context="followups.attempt_event.data")),
        migrations.AddField("turn", "sealed_text", SealedText(context="followups.turn.text")),
        migrations.RunPython(moved("followups", "AttemptEvent", data="sealed_data"), moved("followups", "AttemptEvent", sealed_data="data")),
        migrations.RunPython(moved("followups", "Turn", text="sealed_text"), moved("followups", "Turn", sealed_text="text")),
        migrations.RemoveField("attemptevent", "data"),
        migrations.RemoveField("turn", "text"),
        migrations.RenameField("attemptevent", "sealed_data", "data"),
        migrations.RenameField("turn", "sealed_text", "text"),
    ]

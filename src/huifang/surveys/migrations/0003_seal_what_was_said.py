from django.db import migrations

from huifang.people.sealed_fields import SealedText
from huifang.people.sealing_rows import moved


class Migration(migrations.Migration):
    """What customers said is sealed; what is stored already, too."""

    dependencies = [("surveys", "0002_answer_category_answer_polarity")]

    operations = [
        migrations.AddField("answer", "sealed_text", SealedText(context="surveys.answer.text")),
        migrations.RunPython(moved("surveys", "Answer", text="sealed_text"), moved("surveys", "Answer", sealed_text="text")),
        migrations.RemoveField("answer", "text"),
        migrations.RenameField("answer", "sealed_text", "text"),
    ]

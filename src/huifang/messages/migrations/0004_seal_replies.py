from django.db import migrations, models

from huifang.people.sealed_fields import SealedText
from huifang.people.sealing_rows import moved


class Migration(migrations.Migration):
    """What customers wrote is sealed; what is stored already, too."""

    dependencies = [("text_messages", "0003_replies")]

    operations = [
        migrations.AddField("reply", "sealed_text", SealedText(context="text_messages.reply.text")),
        migrations.RunPython(
            moved("text_messages", "Reply", text="sealed_text"), moved("text_messages", "Reply", sealed_text="text")
        ),
        migrations.RemoveField("reply", "text"),
        migrations.RenameField("reply", "sealed_text", "text"),
        migrations.AddIndex("reply", models.Index(fields=["-at", "-id"], name="reply_by_time")),
    ]

from django.db import migrations

from huifang.people.sealed_fields import SealedText
from huifang.people.sealing_rows import moved


class Migration(migrations.Migration):
    """What customers said is sealed; what is stored already, too."""

    dependencies = [("tickets", "0003_alter_ticket_cause")]

    operations = [
        migrations.AddField("ticket", "sealed_detail", SealedText(context="tickets.ticket.detail")),
        migrations.RunPython(moved("tickets", "Ticket", detail="sealed_detail"), moved("tickets", "Ticket", sealed_detail="detail")),
        migrations.RemoveField("ticket", "detail"),
        migrations.RenameField("ticket", "sealed_detail", "detail"),
    ]

from django.db import migrations, models


def name_the_network(apps, schema_editor):
    """So far only the network has said that numbers are dead."""
    points = apps.get_model("customers", "ContactPoint").objects
    points.filter(dead_since__isnull=False, dead_why="").update(dead_why="network")


class Migration(migrations.Migration):

    dependencies = [
        ("customers", "0002_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="contactpoint",
            name="dead_why",
            field=models.CharField(
                blank=True,
                choices=[("network", "not in service"), ("stranger", "belongs to somebody else")],
                default="",
                max_length=10,
            ),
            preserve_default=False,
        ),
        migrations.RunPython(name_the_network, migrations.RunPython.noop),
    ]

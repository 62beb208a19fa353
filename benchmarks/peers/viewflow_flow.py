"""A joint case of five completions in django-viewflow: examination, three opinions at once, a decision.

Run by the interpreter of an environment that has `django-viewflow` (AGPL-3.0, which is why it is no part of ours):

    python viewflow_flow.py DATABASE CASES

Prints the milliseconds of each completion, as a JSON array. The database is as ours: SQLite, WAL, synchronous FULL,
each completion one transaction.
"""

import json
import sys
import time
import types

import django
from django.conf import settings

FILE, CASES = sys.argv[1], int(sys.argv[2])
#: Seconds of rest before each, as everything that is timed beside it has (`benchmarks.timing.rest`).
REST = 0.001
#: Five kilobytes, as a case of ours has.
DATA = json.dumps({f"field_{n:02}": f"{n:02} " + "填写的内容 what was filled in " * 6 for n in range(24)})

settings.configure(
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "viewflow",
        "viewflow.workflow",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": FILE,
            "OPTIONS": {"init_command": "pragma journal_mode = wal; pragma synchronous = full;"},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    SECRET_KEY="a benchmark has no secrets",
    ROOT_URLCONF=__name__,
    LOGGING_CONFIG=None,
)
urlpatterns: list = []
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from viewflow import this  # noqa: E402
from viewflow.workflow import flow, lock  # noqa: E402
from viewflow.workflow.models import Process  # noqa: E402

# A flow is found again by its module, which must lie in an installed application.
sys.modules["viewflow.workflow.joint"] = here = types.ModuleType("viewflow.workflow.joint")


def _nothing(request, **kwargs):
    """No page is shown: tasks are completed by their activations."""


class Joint(flow.Flow):
    """As the office's joint matter with three departments."""

    __module__ = "viewflow.workflow.joint"
    process_class = Process
    lock_impl = lock.no_lock

    start = flow.StartHandle(this.begin).Next(this.examination)
    examination = flow.View(_nothing).Next(this.split)
    split = flow.Split().Next(this.first).Next(this.second).Next(this.third)
    first = flow.View(_nothing).Next(this.join)
    second = flow.View(_nothing).Next(this.join)
    third = flow.View(_nothing).Next(this.join)
    join = flow.Join().Next(this.decision)
    decision = flow.View(_nothing).Next(this.end)
    end = flow.End()

    def begin(self, activation):
        """The case's data."""
        activation.process.data = json.loads(DATA)
        return activation.process


here.Joint = Joint


def complete(task, user):
    """Take one task, and complete it."""
    with transaction.atomic():
        activation = task.flow_task.activation_class(task)
        activation.assign(user)
        activation.start(None)
        activation.execute()


def main():
    """Some cases to their end; the first two are not timed."""
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        assert cursor.execute("pragma synchronous").fetchone() == (2,)
        assert cursor.execute("pragma journal_mode").fetchone() == ("wal",)
    user = User.objects.create(username="clerk")
    taken = []
    for number in range(CASES + 2):
        with transaction.atomic():
            process = Joint.start.run()
        done = 0
        while task := process.task_set.filter(status="NEW", flow_task_type="HUMAN").order_by("pk").first():
            begun = time.perf_counter() + REST
            while time.perf_counter() < begun:
                pass
            complete(task, user)
            done += 1
            if number >= 2:
                taken.append((time.perf_counter() - begun) * 1000)
        process.refresh_from_db()
        assert (done, process.status) == (5, "DONE"), (done, process.status)
    print(json.dumps(taken))


main()

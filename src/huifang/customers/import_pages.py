"""导入: upload a customer or order file, and see what came of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext

from huifang.clock import now
from huifang.customers.importing import import_file
from huifang.customers.models import ImportRun
from huifang.errors import N_, HuifangError
from huifang.people.permissions import LEADS, StaffRequest, page

_SHOWN = 50
_LONGEST_NAME = 180  # bytes; file systems end at 255


@page(LEADS, "GET", "POST", whole_chain=True)
def imports_page(request: StaffRequest) -> HttpResponse:
    """The upload form and the latest imports; POST ``file`` imports it."""
    if request.method == "POST":
        upload = request.FILES.get("file")
        if not isinstance(upload, UploadedFile):
            raise HuifangError(detail=N_("choose a CSV or XLSX file first."))
        run = _import(upload, request)
        messages.success(
            request,
            gettext(
                "%(file)s: %(imported)s new, %(updated)s updated, %(skipped)s skipped, %(failed)s with errors."
            )
            % {
                "file": run.file_name,
                "imported": run.imported,
                "updated": run.updated,
                "skipped": run.skipped,
                "failed": run.failed,
            },
        )
        return redirect("imports")
    runs = ImportRun.objects.select_related("acting_user").order_by("-pk")[:_SHOWN]
    return render(request, "customers/imports.html", {"runs": runs})


def _import(upload: UploadedFile[bytes], request: StaffRequest) -> ImportRun:
    # The name is kept for the record and the kind of file; it never becomes a path of ours.
    name = Path((upload.name or "file").replace("\\", "/")).name
    name = name.encode()[-_LONGEST_NAME:].decode(errors="ignore")  # the end, because it says the kind
    with tempfile.TemporaryDirectory(prefix="huifang-import-") as folder:
        path = Path(folder) / name
        with path.open("wb") as file:
            for chunk in upload.chunks():
                file.write(chunk)
        return import_file(path, acting_user=request.user, now=now())


@page(LEADS, whole_chain=True)
def errors_page(request: StaffRequest, pk: int) -> HttpResponse:
    """The rows that were not taken, with line and reason, as a file."""
    run = get_object_or_404(ImportRun, pk=pk)
    folder = (settings.HUIFANG.home / "imports").resolve()
    path = (folder / run.error_file).resolve()
    if not run.error_file or not path.is_relative_to(folder) or not path.is_file():
        raise Http404
    response = HttpResponse(path.read_bytes(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, path.name)
    return response

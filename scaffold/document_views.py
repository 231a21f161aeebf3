"""The documents: list, read, write, share and delete."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from scaffold.forms import audiences, read_document, read_domain
from scaffold.resources import Document, Documents

# the number of a form that was understood but does not fit
UNPROCESSABLE = 422


@view_config(context=Documents, renderer="templates/documents.jinja2")
def list_documents(context: Documents, request: Request) -> dict[str, Any]:
    documents = list(context)
    return {
        "documents": [each for each in documents if request.has_permission("view", each)],
        "total": len(documents),
    }


@view_config(
    context=Documents,
    name="new",
    permission="create",
    request_method="GET",
    renderer="templates/document_form.jinja2",
)
def show_new_document(request: Request) -> dict[str, Any]:
    values = {"title": "", "body": "", "audience": "owner"}
    return _document_form(values, {}, _domain_of(request))


@view_config(
    context=Documents,
    name="new",
    permission="create",
    request_method="POST",
    renderer="templates/document_form.jinja2",
)
def create_document(context: Documents, request: Request) -> dict[str, Any] | Response:
    domain = _domain_of(request)
    values, errors = read_document(request.POST, audiences(domain))
    if errors:
        request.response.status_int = UNPROCESSABLE
        return _document_form(values, errors, domain)
    document = Document(
        **values,
        owner_sub=request.identity.sub,
        owner_name=request.display_name,
        domain=domain,
    )
    context.add(document)
    return HTTPSeeOther(request.resource_url(document))


@view_config(context=Document, permission="view", renderer="templates/document.jinja2")
def show_document(context: Document, request: Request) -> dict[str, Any]:
    return _document_page(context, request)


@view_config(
    context=Document,
    name="edit",
    permission="edit",
    request_method="GET",
    renderer="templates/document_form.jinja2",
)
def show_edit_document(request: Request) -> dict[str, Any]:
    document = request.context
    values = {"title": document.title, "body": document.body, "audience": document.audience}
    return _document_form(values, {}, document.domain)


@view_config(
    context=Document,
    name="edit",
    permission="edit",
    request_method="POST",
    renderer="templates/document_form.jinja2",
)
def edit_document(context: Document, request: Request) -> dict[str, Any] | Response:
    values, errors = read_document(request.POST, audiences(context.domain))
    if errors:
        request.response.status_int = UNPROCESSABLE
        return _document_form(values, errors, context.domain)
    context.revise(**values)
    return HTTPSeeOther(request.resource_url(context))


@view_config(
    context=Document,
    name="share",
    permission="share",
    request_method="POST",
    renderer="templates/document.jinja2",
)
def share_document(context: Document, request: Request) -> dict[str, Any] | Response:
    guest, error = read_domain(request.POST)
    if error:
        request.response.status_int = UNPROCESSABLE
        return _document_page(context, request, guest=guest, guest_error=error)
    context.share_with(guest)
    return HTTPSeeOther(request.resource_url(context))


# nothing brings a deleted document back: whoever deletes must have signed in within the hour
@view_config(
    context=Document,
    name="delete",
    permission="edit",
    cognito_policy="RecentSignIn",
    request_method="GET",
    renderer="templates/document_delete.jinja2",
)
def confirm_delete_document(request: Request) -> dict[str, Any]:
    return {"document": request.context}


@view_config(
    context=Document,
    name="delete",
    permission="edit",
    cognito_policy="RecentSignIn",
    request_method="POST",
)
def delete_document(context: Document, request: Request) -> Response:
    documents = context.__parent__
    documents.remove(context)
    return HTTPSeeOther(request.resource_url(documents))


def _domain_of(request: Request) -> str | None:
    return request.identity.claims.get("custom:domain")


def _document_form(
    values: dict[str, str], errors: dict[str, str], domain: str | None
) -> dict[str, Any]:
    return {"values": values, "errors": errors, "audiences": audiences(domain)}


def _document_page(
    document: Document, request: Request, *, guest: str = "", guest_error: str | None = None
) -> dict[str, Any]:
    return {
        "rules": _rules(document, request),
        "may_edit": request.has_permission("edit", document),
        "may_share": request.has_permission("share", document),
        "guest": guest,
        "guest_error": guest_error,
    }


def _rules(document: Document, request: Request) -> list[dict[str, Any]]:
    """The ACL as Pyramid reads it, top down, and which entries speak of whoever asks."""
    return [
        {
            "action": action,
            "principal": principal,
            "permissions": list(permissions) or ["everything"],
            "applies": principal in request.cognito.principals,
        }
        for action, principal, permissions in document.__acl__()
    ]

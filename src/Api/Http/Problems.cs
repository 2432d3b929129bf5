using System.Reflection;

namespace Voxeltron.Api.Http;

/// <summary>Every problem the Api itself can answer with. docs/http.md shows this table; a test compares the two.</summary>
internal static class Problems
{
    private const string Nothing = "–";

    public static readonly ProblemKind JsonMalformed = new("json_malformed", 400, "The body is not valid JSON",
        "Correct the JSON at the place named in detail. UTF-8 only, no comments, no trailing commas.", Nothing);

    public static readonly ProblemKind JsonDuplicateKey = new("json_duplicate_key", 400, "A JSON object names a key twice",
        "Remove one of the two members named in detail.", Nothing);

    public static readonly ProblemKind JsonTooDeep = new("json_too_deep", 400, "The JSON is nested too deeply",
        "Flatten the document to at most 32 levels.", Nothing);

    public static readonly ProblemKind JsonNotObject = new("json_not_object", 400, "The body is JSON but no object",
        "Send one JSON object.", Nothing);

    public static readonly ProblemKind ParameterInvalid = new("parameter_invalid", 400, "A parameter is missing or malformed",
        "Correct the parameters named in errors.", Nothing);

    public static readonly ProblemKind RequestMalformed = new("request_malformed", 400, "The request cannot be read as HTTP",
        "Send the request again, whole; if it repeats, look at the client or proxy in between.", Nothing);

    public static readonly ProblemKind IdempotencyKeyMissing = new("idempotency_key_missing", 400, "The header Idempotency-Key is missing or malformed",
        "Send Idempotency-Key with 1–200 visible ASCII characters that you keep for repeats of this request.", Nothing);

    public static readonly ProblemKind IdempotencyKeyDiffers = new("idempotency_key_differs", 400, "The header Idempotency-Key is not the item's key",
        "Leave the header out, or send the item's key in it: an item is written once under its own key, whatever the header says.", Nothing);

    public static readonly ProblemKind BatchLineInvalid = new("batch_line_invalid", 400, "A line of the batch cannot be read",
        "Correct the lines named in errors and send the whole batch again: nothing of it was written.", Nothing);

    public static readonly ProblemKind BodyEmpty = new("body_empty", 400, "The body is empty",
        "Send the document or module as the request body.", Nothing);

    public static readonly ProblemKind Antiforgery = new("antiforgery", 400, "The form's proof of origin is missing or stale",
        "Load the page again and submit it from there.", Nothing);

    public static readonly ProblemKind Unauthorized = new("unauthorized", 401, "A valid API key is needed",
        "Send 'Authorization: Bearer <key>' with a key that is neither expired nor revoked.", "Make a new key if the old one expired. Many of these from one address: someone tries keys.");

    public static readonly ProblemKind RoleForbidden = new("role_forbidden", 403, "The key's role may not do this",
        "Use a key whose role allows it; GET /v1/whoami shows yours.", "Give the caller a key of the right role, if they should have it.");

    public static readonly ProblemKind NotFound = new("not_found", 404, "There is nothing at this address",
        "Compare the path with /openapi/v1.json.", Nothing);

    public static readonly ProblemKind ModuleNotFound = new("module_not_found", 404, "Your tenant has no such module",
        "Compare the digest with GET /v1/modules, or upload the module.", Nothing);

    public static readonly ProblemKind MissionNotFound = new("mission_not_found", 404, "Your tenant has no such mission",
        "Compare the id with GET /v1/missions.", Nothing);

    public static readonly ProblemKind GateNotFound = new("gate_not_found", 404, "The mission has no such gate",
        "Compare the mission and the number with GET /v1/gates.", Nothing);

    public static readonly ProblemKind TaskNotFound = new("task_not_found", 404, "The mission has no such task",
        "Compare the key with GET …/tasks; a mapped task is named task/item.", Nothing);

    public static readonly ProblemKind ModuleNotRunning = new("module_not_running", 404, "No mission declares that module",
        "GET /v1/missions/{id}/modules tells what a mission runs; names are those of the upload. A mission that has ended cannot be reloaded.", Nothing);

    public static readonly ProblemKind ViewNotFound = new("view_not_found", 404, "The mission declares no such view",
        "Use a view named in detail; GET …/views lists them with their SQL.", Nothing);

    public static readonly ProblemKind MethodNotAllowed = new("method_not_allowed", 405, "This address does not take that method",
        "Use a method named in the header Allow.", Nothing);

    public static readonly ProblemKind IdempotencyConflict = new("idempotency_conflict", 409, "The same key came with another body before",
        "Send the first body again to get its answer, or use another key for the new one. Nothing was written.", Nothing);

    public static readonly ProblemKind MissionFinished = new("mission_finished", 409, "The mission has ended",
        "Start another mission.", Nothing);

    public static readonly ProblemKind MissionRefused = new("mission_refused", 409, "The mission was refused and never ran",
        "Read GET /v1/missions/{id}, correct the spec and submit it under another Idempotency-Key.", Nothing);

    public static readonly ProblemKind ResultNotReady = new("result_not_ready", 409, "The task has no result yet",
        "Follow …/events and ask again when the task has completed.", "If it stays: is a worker alive? scripts/status and control.host tell.");

    public static readonly ProblemKind TaskRefused = new("task_refused", 409, "The cell refused this task",
        "Read outcome_code and message: they say what is wrong with the item.", Nothing);

    public static readonly ProblemKind TaskFailed = new("task_failed", 409, "The task failed and has no result",
        "Read outcome_code; the task's entries in …/events show each attempt.", "Look for the abort codes of the module; a trap that repeats is a bug in it.");

    public static readonly ProblemKind TaskSkipped = new("task_skipped", 409, "The task was skipped and has no result",
        "A task it depends on did not complete: read that one's outcome.", Nothing);

    public static readonly ProblemKind ViewNotPublished = new("view_not_published", 409, "The view is not published",
        "Cells may read it. To read it here declare it again with \"published\": true: PUT …/views/{view}.", Nothing);

    public static readonly ProblemKind PayloadErased = new("payload_erased", 410, "The bytes were erased",
        "They cannot be brought back; the entry with its digest remains.", Nothing);

    public static readonly ProblemKind ViewSeqExpired = new("view_seq_expired", 410, "The view's changes since then are no longer told apart",
        "Read the view anew, without after and Last-Event-ID, and go on from its seq.", "If it comes often: followers are away for longer than api.view_retention_s.");

    public static readonly ProblemKind BodyTooLarge = new("body_too_large", 413, "The body is larger than allowed here",
        "Send at most the number of bytes named in detail; split a batch.", Nothing);

    public static readonly ProblemKind ContentTypeUnsupported = new("content_type_unsupported", 415, "This content type is not taken here",
        "Send the content type named in detail.", Nothing);

    public static readonly ProblemKind ContentEncodingUnsupported = new("content_encoding_unsupported", 415, "Encoded bodies are not taken",
        "Send the body as it is, without Content-Encoding: bytes are kept exactly as received.", Nothing);

    public static readonly ProblemKind SpecInvalid = new("spec_invalid", 422, "The mission spec is not valid",
        "Correct every place named in errors.", Nothing);

    public static readonly ProblemKind UnknownModule = new("unknown_module", 422, "The spec names modules your tenant has not registered",
        "Upload the modules named in errors first.", Nothing);

    public static readonly ProblemKind UnknownInput = new("unknown_input", 422, "The mission declares no such input",
        "Use an input named in detail.", Nothing);

    public static readonly ProblemKind Busy = new("busy", 429, "More requests wait than may wait",
        "Wait as long as Retry-After says, then send the same request again.", "The database commits more slowly than requests come: look at inbox commit times in /metrics.");

    public static readonly ProblemKind ExportBusy = new("export_busy", 429, "Another export is being written",
        "Wait as long as Retry-After says, then send the same request again.", "An export ends after 15 minutes at the latest; the log says who reads one.");

    public static readonly ProblemKind ViewsBusy = new("views_busy", 429, "As many views are being read as may be",
        "Wait as long as Retry-After says, then send the same request again; to follow a view, let it send you the changes instead.", "Slow clients hold places for two minutes at most.");

    public static readonly ProblemKind InternalError = new("internal_error", 500, "The Api failed",
        "Repeat the request with the same key; report the trace id if it happens again.", "Search the Api's log for the trace id: this is a bug.");

    public static readonly ProblemKind PostgresUnavailable = new("postgres_unavailable", 503, "The database does not answer",
        "Wait as long as Retry-After says, then send the same request again: with the same key nothing happens twice.", "Is Postgres up and does it take connections? /ready tells when it is back.");

    public static readonly ProblemKind DatabaseNotReady = new("database_not_ready", 503, "The database is not set up for this version",
        "Try later.", "Run the migrations (scripts/up does) and compare versions.");

    public static readonly ProblemKind ShuttingDown = new("shutting_down", 503, "The Api is stopping",
        "Wait as long as Retry-After says, then send the same request again.", Nothing);

    public static IReadOnlyList<ProblemKind> All { get; } = [.. typeof(Problems)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(static field => field.FieldType == typeof(ProblemKind))
        .Select(static field => (ProblemKind)field.GetValue(null)!)];

    /// <summary>A stream's owner refused: the code is the owner's, so it is not in the table above.</summary>
    public static ProblemKind RefusedByOwner(string code) => new(code, StatusCodes.Status422UnprocessableEntity, "The fabric refused this",
        "Correct what detail and errors name, and send it again under another key.", Nothing);
}

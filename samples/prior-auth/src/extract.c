// Reads one prior-authorisation request (a FHIR Bundle whose first entry is a Claim) into tables fact, line, therapy.
// It judges form only: whatever is not a complete request is refused by name, so that no later module sees half of one.
#include "date.h"
#include "fhir.h"
#include "tables.h"

enum { MAX_LINES = 99, MAX_TEXT = 200 };

#define EXTENSION(name) VX_S("http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-" name)

typedef struct {
    vx_json json;
    int32_t bundle, claim;
    vx_str code, message; // the refusal; code.p == NULL while there is none
} reading;

static bool refuse(reading *r, vx_str code, vx_str before, vx_str what, vx_str after) {
    vx_out text = vx_out_new(before.n + what.n + after.n);
    vx_w_text(&text, before);
    vx_w_text(&text, what);
    vx_w_text(&text, after);
    r->code = code;
    r->message = vx_out_str(&text);
    return false;
}

static bool missing(reading *r, vx_str element) {
    return refuse(r, VX_S("missing_element"), VX_S("the Claim has no usable "), element, VX_NONE);
}

static vx_str cut(vx_str s) {
    if (s.n <= MAX_TEXT) return s;
    s.n = MAX_TEXT;
    while (s.n > 0 && ((uint8_t)s.p[s.n] & 0xc0) == 0x80) s.n--; // never inside a character
    return s;
}

static bool is_request(reading *r) {
    const vx_json *j = &r->json;
    if (!fhir_is(j, r->bundle, VX_S("Bundle")))
        return refuse(r, VX_S("not_a_request"), VX_S("the document is not a FHIR Bundle"), VX_NONE, VX_NONE);
    r->claim = vx_json_get(j, vx_json_first(j, vx_json_get(j, r->bundle, VX_S("entry"))), VX_S("resource"));
    if (!fhir_is(j, r->claim, VX_S("Claim"))) {
        vx_str type = vx_json_get_text(j, r->claim, VX_S("resourceType"));
        return refuse(r, VX_S("not_a_request"), VX_S("the first entry is not a Claim: "), type.n > 0 ? cut(type) : VX_S("nothing"), VX_NONE);
    }
    vx_str use = vx_json_get_text(j, r->claim, VX_S("use"));
    if (!vx_eq(use, VX_S("preauthorization")))
        return refuse(r, VX_S("not_preauthorization"), VX_S("Claim.use is not preauthorization: "), cut(use), VX_NONE);
    vx_str status = vx_json_get_text(j, r->claim, VX_S("status"));
    if (!vx_eq(status, VX_S("active")))
        return refuse(r, VX_S("not_active"), VX_S("Claim.status is not active: "), cut(status), VX_NONE);
    return true;
}

// Every literal reference inside `owner` (tape nodes owner..end) must resolve within the bundle.
static bool references_resolve(reading *r, int32_t owner) {
    const vx_json *j = &r->json;
    for (int32_t i = owner; i < j->nodes[owner].skip; i++) {
        vx_str reference = fhir_reference(j, i);
        if (reference.p != NULL && fhir_resolve(j, r->bundle, owner, reference) < 0)
            return refuse(r, VX_S("missing_reference"), VX_S("the request refers to "), cut(reference), VX_S(", which the Bundle does not hold"));
    }
    return true;
}

static int32_t party(reading *r, vx_str element, vx_str type) {
    const vx_json *j = &r->json;
    int32_t found = fhir_resolve(j, r->bundle, r->claim, fhir_reference(j, vx_json_get(j, r->claim, element)));
    return type.p == NULL || fhir_is(j, found, type) ? found : -1;
}

// The focal insurance's Coverage; without a focal one, the first.
static int32_t focal_coverage(reading *r) {
    const vx_json *j = &r->json;
    int32_t list = vx_json_get(j, r->claim, VX_S("insurance")), chosen = vx_json_first(j, list);
    for (int32_t i = chosen; i >= 0; i = vx_json_next(j, list, i))
        if (vx_json_is(j, vx_json_get(j, i, VX_S("focal")), VX_J_TRUE)) { chosen = i; break; }
    int32_t coverage = fhir_resolve(j, r->bundle, r->claim, fhir_reference(j, vx_json_get(j, chosen, VX_S("coverage"))));
    return fhir_is(j, coverage, VX_S("Coverage")) ? coverage : -1;
}

static bool is_urgent(reading *r) {
    const vx_json *j = &r->json;
    int32_t level = vx_json_get(j, fhir_extension(j, r->claim, EXTENSION("levelOfServiceCode")), VX_S("valueCodeableConcept"));
    vx_str service = fhir_code(j, level), priority = fhir_code(j, vx_json_get(j, r->claim, VX_S("priority")));
    return vx_eq(service, VX_S("U")) || vx_eq(service, VX_S("E")) || vx_eq(priority, VX_S("stat"));
}

// An optional date that is present must be a whole, real day.
static bool optional_day(reading *r, int32_t node, vx_str name, vx_str *out) {
    *out = VX_NONE;
    if (node < 0) return true;
    *out = pa_day_of(vx_json_text(&r->json, node));
    return out->p != NULL || refuse(r, VX_S("bad_date"), name, VX_S(" is not a whole date"), VX_NONE);
}

// An inquiry asks about an authorisation that exists. Real ones do not always carry the inquiry profile; an item that
// already holds a review action does say so.
static bool is_inquiry(reading *r) {
    const vx_json *j = &r->json;
    int32_t items = vx_json_get(j, r->claim, VX_S("item"));
    for (int32_t i = vx_json_first(j, items); i >= 0; i = vx_json_next(j, items, i))
        if (fhir_extension(j, i, EXTENSION("reviewActionCode")) >= 0 || fhir_extension(j, i, EXTENSION("reviewAction")) >= 0) return true;
    return fhir_has_profile(j, r->claim, VX_S("profile-claim-inquiry"));
}

static bool read_fact(reading *r, pa_fact *f) {
    const vx_json *j = &r->json;
    int32_t patient = party(r, VX_S("patient"), VX_S("Patient")), insurer = party(r, VX_S("insurer"), VX_S("Organization"));
    int32_t provider = party(r, VX_S("provider"), VX_NONE), coverage = focal_coverage(r);
    if (patient < 0) return missing(r, VX_S("patient"));
    if (insurer < 0) return missing(r, VX_S("insurer"));
    if (provider < 0) return missing(r, VX_S("provider"));
    if (coverage < 0) return missing(r, VX_S("insurance.coverage"));
    if (!references_resolve(r, coverage)) return false;

    f->kind = is_inquiry(r) ? VX_S("inquiry") : VX_S("request");
    f->patient = cut(fhir_name_of(j, patient));
    f->payer = cut(fhir_name_of(j, insurer));
    f->payer_name = cut(vx_json_get_text(j, insurer, VX_S("name")));
    f->provider = cut(fhir_name_of(j, provider));
    if (f->patient.n == 0 || f->payer.n == 0 || f->provider.n == 0) return missing(r, VX_S("identifier of patient, insurer or provider"));
    f->urgent = is_urgent(r);
    f->coverage_status = cut(vx_json_get_text(j, coverage, VX_S("status")));
    int32_t beneficiary = fhir_resolve(j, r->bundle, coverage, fhir_reference(j, vx_json_get(j, coverage, VX_S("beneficiary"))));
    f->beneficiary_matches = beneficiary == patient;
    int32_t period = vx_json_get(j, coverage, VX_S("period"));
    if (!optional_day(r, vx_json_get(j, r->claim, VX_S("created")), VX_S("Claim.created"), &f->created)
        || !optional_day(r, vx_json_get(j, patient, VX_S("birthDate")), VX_S("Patient.birthDate"), &f->birth_date)
        || !optional_day(r, vx_json_get(j, period, VX_S("start")), VX_S("Coverage.period.start"), &f->coverage_start)
        || !optional_day(r, vx_json_get(j, period, VX_S("end")), VX_S("Coverage.period.end"), &f->coverage_end)) return false;
    return f->created.p != NULL || missing(r, VX_S("created date"));
}

static bool wants_diagnosis(const vx_json *j, int32_t wanted, int64_t sequence) {
    if (wanted < 0) return true; // a line that names none is about all of them
    for (int32_t w = vx_json_first(j, wanted); w >= 0; w = vx_json_next(j, wanted, w)) {
        int64_t value;
        if (vx_json_int(j, w, &value) && value == sequence) return true;
    }
    return false;
}

static vx_str diagnoses_of(reading *r, int32_t item) {
    const vx_json *j = &r->json;
    int32_t list = vx_json_get(j, r->claim, VX_S("diagnosis")), wanted = vx_json_get(j, item, VX_S("diagnosisSequence"));
    vx_out codes = vx_out_new(1024);
    for (int32_t d = vx_json_first(j, list); d >= 0; d = vx_json_next(j, list, d)) {
        int64_t sequence = 0;
        (void)vx_json_int(j, vx_json_get(j, d, VX_S("sequence")), &sequence);
        vx_str code = fhir_code(j, vx_json_get(j, d, VX_S("diagnosisCodeableConcept")));
        if (code.n == 0 || codes.n + 1 + code.n > codes.cap || !wants_diagnosis(j, wanted, sequence)) continue;
        if (codes.n > 0) vx_w_char(&codes, '|');
        vx_w_text(&codes, code);
    }
    return vx_out_str(&codes);
}

// item.quantity, else the quantity of the ServiceRequest the item points to, else one.
static bool quantity_of(reading *r, int32_t item, int64_t *milli) {
    const vx_json *j = &r->json;
    int32_t value = fhir_path2(j, item, VX_S("quantity"), VX_S("value"));
    if (value < 0) {
        int32_t link = vx_json_get(j, fhir_extension(j, item, EXTENSION("requestedService")), VX_S("valueReference"));
        int32_t service = fhir_resolve(j, r->bundle, r->claim, fhir_reference(j, link));
        value = fhir_path2(j, service, VX_S("quantityQuantity"), VX_S("value"));
    }
    *milli = 1000;
    if (value < 0) return true;
    return (vx_json_milli(j, value, milli) && *milli > 0) || refuse(r, VX_S("bad_quantity"), VX_S("a quantity is not a positive decimal"), VX_NONE, VX_NONE);
}

static bool read_line(reading *r, const pa_fact *fact, int32_t item, pa_line *l) {
    const vx_json *j = &r->json;
    int32_t coding = fhir_coding(j, vx_json_get(j, item, VX_S("productOrService")));
    l->request = fact->request;
    l->system = cut(fhir_system(vx_json_get_text(j, coding, VX_S("system"))));
    l->code = cut(vx_json_get_text(j, coding, VX_S("code")));
    l->label = cut(vx_json_get_text(j, coding, VX_S("display")));
    if (l->code.n == 0 || l->system.n == 0) return refuse(r, VX_S("missing_code"), VX_S("an item has no coded product or service"), VX_NONE, VX_NONE);
    int32_t date = vx_json_get(j, item, VX_S("servicedDate"));
    if (date < 0) date = fhir_path2(j, item, VX_S("servicedPeriod"), VX_S("start"));
    if (!optional_day(r, date, VX_S("item.serviced"), &l->service_date) || !quantity_of(r, item, &l->quantity_milli)) return false;
    if (l->service_date.p == NULL) l->service_date = fact->created;
    l->diagnoses = diagnoses_of(r, item);
    return true;
}

// All lines are read before the first is written, so a refused request leaves no row behind.
static bool read_lines(reading *r, pa_fact *fact, pa_line *lines) {
    const vx_json *j = &r->json;
    int32_t items = vx_json_get(j, r->claim, VX_S("item"));
    for (int32_t i = vx_json_first(j, items); i >= 0; i = vx_json_next(j, items, i)) {
        if (fact->lines == MAX_LINES) return refuse(r, VX_S("too_large"), VX_S("the Claim has more than 99 items"), VX_NONE, VX_NONE);
        if (!read_line(r, fact, i, &lines[fact->lines])) return false;
        lines[fact->lines].line = fact->lines + 1;
        fact->lines++;
    }
    return fact->lines > 0 || missing(r, VX_S("item"));
}

static int32_t write_lines(const pa_fact *fact, const pa_line *lines) {
    int32_t status = VX_OK;
    for (int64_t i = 0; i < fact->lines && status == VX_OK; i++) status = pa_put_line(&lines[i]);
    return status;
}

// Treatments documented in the bundle: statements, administrations or dispenses that are completed or active.
static int32_t write_therapies(reading *r, vx_str request) {
    const vx_json *j = &r->json;
    int32_t entries = vx_json_get(j, r->bundle, VX_S("entry")), ordinal = 0;
    for (int32_t e = vx_json_first(j, entries); e >= 0; e = vx_json_next(j, entries, e)) {
        int32_t resource = vx_json_get(j, e, VX_S("resource"));
        if (!fhir_is(j, resource, VX_S("MedicationStatement")) && !fhir_is(j, resource, VX_S("MedicationAdministration"))
            && !fhir_is(j, resource, VX_S("MedicationDispense")) && !fhir_is(j, resource, VX_S("Procedure"))) continue;
        vx_str status = vx_json_get_text(j, resource, VX_S("status"));
        if (!vx_eq(status, VX_S("completed")) && !vx_eq(status, VX_S("active"))) continue;
        int32_t concept = vx_json_get(j, resource, fhir_is(j, resource, VX_S("Procedure")) ? VX_S("code") : VX_S("medicationCodeableConcept"));
        vx_str code = cut(fhir_code(j, concept));
        if (code.n == 0) continue;
        vx_tuple row = vx_tuple_new(512);
        vx_t_text(&row, request);
        vx_t_int(&row, ++ordinal);
        vx_t_text(&row, code);
        int32_t put = vx_put(T_THERAPY, &row);
        if (put != VX_OK) return put;
    }
    return VX_OK;
}

static int32_t result(const pa_fact *fact) {
    vx_out out = vx_out_new(512);
    vx_j_object(&out);
    vx_j_name(&out, VX_S("kind"));
    vx_j_text(&out, fact->kind);
    vx_j_name(&out, VX_S("lines"));
    vx_j_int(&out, fact->lines);
    vx_j_name(&out, VX_S("urgent"));
    vx_j_bool(&out, fact->urgent);
    vx_j_end_object(&out);
    return vx_complete_out(&out);
}

static int32_t task(const vx_event *event) {
    reading r = {.bundle = 0};
    vx_json_status read = vx_json_read(event->input, &r.json);
    if (read != VX_JSON_OK) {
        vx_out message = vx_out_new(64);
        vx_w_text(&message, read == VX_JSON_EMPTY ? VX_S("nothing but white space, bytes: ") : VX_S("reading stopped at byte "));
        vx_w_int(&message, r.json.error_at);
        return vx_refuse(vx_json_code(read), vx_out_str(&message));
    }
    pa_fact fact = {.request = event->item};
    pa_line *lines = vx_new((int32_t)sizeof(pa_line) * MAX_LINES);
    if (lines == NULL) return vx_refuse(VX_S("too_large"), VX_S("the document does not fit the cell's memory"));
    bool complete = is_request(&r) && references_resolve(&r, r.claim) && read_fact(&r, &fact) && read_lines(&r, &fact, lines);
    if (!complete) return vx_refuse(r.code, r.message);
    if (pa_put_fact(&fact) != VX_OK || write_lines(&fact, lines) != VX_OK || write_therapies(&r, fact.request) != VX_OK) return 1;
    return result(&fact);
}

VX_MODULE()
VX_ON_TASK(task)

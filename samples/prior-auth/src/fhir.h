/* The few FHIR R4 shapes this mission reads: bundles, references, codings. */
#ifndef PA_FHIR_H
#define PA_FHIR_H

#include "vx.h"

static inline int32_t fhir_path2(const vx_json *j, int32_t node, vx_str a, vx_str b) { return vx_json_get(j, vx_json_get(j, node, a), b); }

static inline bool fhir_is(const vx_json *j, int32_t resource, vx_str type) {
    return vx_eq(vx_json_get_text(j, resource, VX_S("resourceType")), type);
}

/* Coding i = 0 of a CodeableConcept, or -1. */
static inline int32_t fhir_coding(const vx_json *j, int32_t concept) { return vx_json_first(j, vx_json_get(j, concept, VX_S("coding"))); }

static inline vx_str fhir_code(const vx_json *j, int32_t concept) { return vx_json_get_text(j, fhir_coding(j, concept), VX_S("code")); }

static inline vx_str fhir_reference(const vx_json *j, int32_t node) { return vx_json_get_text(j, node, VX_S("reference")); }

/* The extension with this url among node.extension, or -1. */
static inline int32_t fhir_extension(const vx_json *j, int32_t node, vx_str url) {
    int32_t list = vx_json_get(j, node, VX_S("extension"));
    for (int32_t e = vx_json_first(j, list); e >= 0; e = vx_json_next(j, list, e))
        if (vx_eq(vx_json_get_text(j, e, VX_S("url")), url)) return e;
    return -1;
}

static inline bool fhir_has_profile(const vx_json *j, int32_t resource, vx_str name) {
    int32_t list = fhir_path2(j, resource, VX_S("meta"), VX_S("profile"));
    for (int32_t p = vx_json_first(j, list); p >= 0; p = vx_json_next(j, list, p)) {
        vx_str url = vx_json_text(j, p);
        int32_t version = vx_index_of(url, '|');
        if (url.p != NULL && vx_ends(version < 0 ? url : vx_sub(url, 0, version), name)) return true;
    }
    return false;
}

/* Reference without a trailing version: Patient/1/_history/2 is Patient/1. */
static inline vx_str fhir_unversioned(vx_str reference) {
    vx_str mark = VX_S("/_history/");
    for (int32_t i = 0; i + mark.n <= reference.n; i++)
        if (vx_starts(vx_sub(reference, i, reference.n), mark)) return vx_sub(reference, 0, i);
    return reference;
}

/* "Patient/1" against the resource's own type and id. */
static inline bool fhir_is_type_and_id(const vx_json *j, int32_t resource, vx_str reference) {
    vx_str type = vx_json_get_text(j, resource, VX_S("resourceType")), id = vx_json_get_text(j, resource, VX_S("id"));
    return type.p != NULL && id.p != NULL && reference.n == type.n + 1 + id.n && vx_starts(reference, type)
        && reference.p[type.n] == '/' && vx_ends(reference, id);
}

static inline bool fhir_is_absolute(vx_str reference) {
    return vx_starts(reference, VX_S("urn:")) || vx_starts(reference, VX_S("http://")) || vx_starts(reference, VX_S("https://"));
}

/*
 * The resource a reference of `owner` names: `#id` among owner.contained, an absolute one by fullUrl, a relative one by
 * type and id. -1 when the bundle does not hold it; nothing is ever fetched from elsewhere.
 */
static inline int32_t fhir_resolve(const vx_json *j, int32_t bundle, int32_t owner, vx_str reference) {
    if (reference.n > 1 && reference.p[0] == '#') {
        int32_t contained = vx_json_get(j, owner, VX_S("contained"));
        for (int32_t r = vx_json_first(j, contained); r >= 0; r = vx_json_next(j, contained, r))
            if (vx_eq(vx_json_get_text(j, r, VX_S("id")), vx_sub(reference, 1, reference.n))) return r;
        return -1;
    }
    reference = fhir_unversioned(reference);
    int32_t entries = vx_json_get(j, bundle, VX_S("entry"));
    for (int32_t e = vx_json_first(j, entries); e >= 0; e = vx_json_next(j, entries, e)) {
        int32_t resource = vx_json_get(j, e, VX_S("resource"));
        bool same = fhir_is_absolute(reference)
            ? vx_eq(vx_json_get_text(j, e, VX_S("fullUrl")), reference)
            : fhir_is_type_and_id(j, resource, reference);
        if (same && resource >= 0) return resource;
    }
    return -1;
}

/* identifier[0].value, else id: how this mission names a party. */
static inline vx_str fhir_name_of(const vx_json *j, int32_t resource) {
    vx_str value = vx_json_get_text(j, vx_json_first(j, vx_json_get(j, resource, VX_S("identifier"))), VX_S("value"));
    return value.n > 0 ? value : vx_json_get_text(j, resource, VX_S("id"));
}

/* Short names for the code systems the coverage table uses; any other system keeps its own text. */
static inline vx_str fhir_system(vx_str url) {
    if (vx_ends(url, VX_S("HCPCSReleaseCodeSets"))) return VX_S("hcpcs");
    if (vx_ends(url, VX_S("x12.org/005010/1365"))) return VX_S("x12-1365");
    if (vx_ends(url, VX_S("/go/cpt"))) return VX_S("cpt");
    if (vx_ends(url, VX_S("/rxnorm"))) return VX_S("rxnorm");
    if (vx_ends(url, VX_S("/sid/ndc"))) return VX_S("ndc");
    return url;
}

#endif

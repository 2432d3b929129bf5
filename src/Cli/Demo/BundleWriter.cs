using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Voxeltron.Cli.Demo;

/// <summary>Writes a draft as a FHIR R4 Bundle in the shape of Da Vinci PAS: Claim first, then what it refers to.</summary>
public sealed partial class BundleWriter : IDisposable
{
    private const string Pas = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/";
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _json;
    private readonly RequestDraft _draft;
    private readonly Dictionary<string, string> _urls = [];
    private readonly SeededSequence _random;

    private BundleWriter(RequestDraft draft, SeededSequence random)
    {
        _draft = draft;
        _random = random;
        // Half the files carry names as UTF-8, half as \u escapes: both are the same text.
        var encoder = random.OneIn(2) ? JavaScriptEncoder.UnsafeRelaxedJsonEscaping : JavaScriptEncoder.Default;
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Indented = random.OneIn(2), Encoder = encoder });
    }

    public static byte[] Write(RequestDraft draft, SeededSequence random)
    {
        using var writer = new BundleWriter(draft, random);
        writer.Bundle();
        writer._json.Flush();
        return writer._buffer.WrittenSpan.ToArray();
    }

    public void Dispose() => _json.Dispose();

    private void Bundle()
    {
        foreach (var resource in (string[])["Claim", "Organization/provider", "Organization/insurer", "Coverage", "Patient/patient", "Patient/other", "Practitioner"])
        {
            _urls[resource] = $"{_random.Hex(8)}-{_random.Hex(4)}-4{_random.Hex(3)}-8{_random.Hex(3)}-{_random.Hex(12)}";
        }

        _json.WriteStartObject();
        _json.WriteString("resourceType", "Bundle");
        Profile("profile-pas-request-bundle");
        _json.WriteString("type", "collection");
        _json.WriteString("timestamp", _draft.Created + "T09:00:00Z");
        _json.WriteStartArray("entry");
        Entry("Claim", Claim);
        Entry("Organization/provider", () => Organization("8189991234", "EXAMPLE CLINIC", "profile-requestor"));
        Entry("Organization/insurer", () => Organization(_draft.Payer, _draft.PayerName, "profile-insurer"));
        Entry("Coverage", Coverage);
        Entry("Patient/patient", () => Patient(_draft.Family, _draft.Given, _draft.BirthDate));
        if (_draft.OtherBeneficiary)
        {
            Entry("Patient/other", () => Patient("SECOND", "PERSON", "1980-05-05"));
        }

        if (!_draft.LeaveOutPractitioner)
        {
            Entry("Practitioner", Practitioner);
        }

        foreach (var code in _draft.Therapies)
        {
            Therapy(code);
        }

        _json.WriteEndArray();
        _json.WriteEndObject();
    }

    private void Claim()
    {
        Profile("profile-claim");
        if (_draft.Urgent)
        {
            Extension("extension-levelOfServiceCode", "https://codesystem.x12.org/005010/1338", "U", "Urgent");
        }

        Identifier("http://example.org/PATIENT_EVENT_TRACE_NUMBER", _random.Digits(6));
        _json.WriteString("status", _draft.Status);
        Concept("type", "http://terminology.hl7.org/CodeSystem/claim-type", "professional", null);
        _json.WriteString("use", _draft.Use);
        Reference("patient", "Patient/patient");
        _json.WriteString("created", _draft.Created);
        Reference("insurer", "Organization/insurer");
        Reference("provider", "Organization/provider");
        Concept("priority", "http://terminology.hl7.org/CodeSystem/processpriority", _draft.Urgent ? "stat" : "normal", null);
        CareTeam();
        Diagnoses();
        if (!_draft.LeaveOutInsurance)
        {
            Insurance();
        }

        Items();
    }

    private void CareTeam()
    {
        _json.WriteStartArray("careTeam");
        _json.WriteStartObject();
        _json.WriteNumber("sequence", 1);
        Reference("provider", "Practitioner");
        _json.WriteEndObject();
        _json.WriteEndArray();
    }

    private void Diagnoses()
    {
        if (_draft.Diagnoses.Count == 0)
        {
            return;
        }

        _json.WriteStartArray("diagnosis");
        for (var i = 0; i < _draft.Diagnoses.Count; i++)
        {
            _json.WriteStartObject();
            _json.WriteNumber("sequence", i + 1);
            Concept("diagnosisCodeableConcept", "http://hl7.org/fhir/sid/icd-10-cm", _draft.Diagnoses[i], null);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void Insurance()
    {
        _json.WriteStartArray("insurance");
        _json.WriteStartObject();
        _json.WriteNumber("sequence", 1);
        _json.WriteBoolean("focal", true);
        Reference("coverage", "Coverage");
        _json.WriteEndObject();
        _json.WriteEndArray();
    }

    private void Items()
    {
        _json.WriteStartArray("item");
        for (var i = 0; i < _draft.Lines.Count; i++)
        {
            var line = _draft.Lines[i];
            _json.WriteStartObject();
            if (_draft.Inquiry)
            {
                ReviewAction();
            }

            _json.WriteNumber("sequence", i + 1);
            Service(line);
            if (line.ServicedDate is not null)
            {
                _json.WriteString("servicedDate", line.ServicedDate);
            }

            if (line.Quantity is not null)
            {
                _json.WriteStartObject("quantity");
                _json.WritePropertyName("value");
                _json.WriteRawValue(line.Quantity);
                _json.WriteEndObject();
            }

            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void Service(LineDraft line)
    {
        if (line.Code.Length == 0)
        {
            _json.WriteStartObject("productOrService");
            _json.WriteString("text", line.Display);
            _json.WriteEndObject();
            return;
        }

        var system = line.System == "hcpcs" ? "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets" : "https://codesystem.x12.org/005010/1365";
        Concept("productOrService", system, line.Code, line.Display);
    }

    private void ReviewAction() => Extension("extension-reviewActionCode", "https://codesystem.x12.org/005010/306", "A1", "Certified in total");

    private void Extension(string name, string system, string code, string display)
    {
        _json.WriteStartArray("extension");
        _json.WriteStartObject();
        _json.WriteString("url", Pas + name);
        Concept("valueCodeableConcept", system, code, display);
        _json.WriteEndObject();
        _json.WriteEndArray();
    }

    private void Organization(string identifier, string name, string profile)
    {
        Profile(profile);
        Identifier("http://hl7.org/fhir/sid/us-npi", identifier);
        _json.WriteBoolean("active", true);
        _json.WriteString("name", name);
    }

    private void Coverage()
    {
        Profile("profile-coverage");
        _json.WriteString("status", _draft.CoverageStatus);
        Reference("beneficiary", _draft.OtherBeneficiary ? "Patient/other" : "Patient/patient");
        if (_draft.CoverageStart is not null || _draft.CoverageEnd is not null)
        {
            _json.WriteStartObject("period");
            if (_draft.CoverageStart is not null)
            {
                _json.WriteString("start", _draft.CoverageStart);
            }

            if (_draft.CoverageEnd is not null)
            {
                _json.WriteString("end", _draft.CoverageEnd);
            }

            _json.WriteEndObject();
        }

        _json.WriteStartArray("payor");
        _json.WriteStartObject();
        _json.WriteString("reference", Target("Organization/insurer"));
        _json.WriteEndObject();
        _json.WriteEndArray();
    }

    private void Patient(string family, string given, string? birthDate)
    {
        Profile("profile-subscriber");
        Identifier("http://example.org/MIN", _random.Digits(11));
        _json.WriteStartArray("name");
        _json.WriteStartObject();
        _json.WriteString("family", family);
        _json.WriteStartArray("given");
        _json.WriteStringValue(given);
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.WriteEndArray();
        _json.WriteString("gender", _random.OneIn(2) ? "female" : "male");
        if (birthDate is not null)
        {
            _json.WriteString("birthDate", birthDate);
        }
    }

    private void Practitioner()
    {
        Identifier("http://hl7.org/fhir/sid/us-npi", "987654321");
        _json.WriteBoolean("active", true);
    }

    private void Therapy(string code)
    {
        _json.WriteStartObject();
        _json.WriteString("fullUrl", "urn:uuid:" + _random.Hex(32));
        _json.WriteStartObject("resource");
        _json.WriteString("resourceType", "MedicationStatement");
        _json.WriteString("status", "completed");
        Concept("medicationCodeableConcept", "http://www.nlm.nih.gov/research/umls/rxnorm", code, null);
        Reference("subject", "Patient/patient");
        _json.WriteEndObject();
        _json.WriteEndObject();
    }
}

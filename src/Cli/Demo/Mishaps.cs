using System.Text;

namespace Voxeltron.Cli.Demo;

/// <summary>The ways a file can fail to be a request: one of each kind is in every generated set that is large enough.</summary>
public static class Mishaps
{
    /// <param name="Name">Part of the file name.</param>
    /// <param name="Code">The refusal it must get.</param>
    /// <param name="Make">From an ordinary draft to bytes.</param>
    public sealed record Mishap(string Name, string Code, Func<RequestDraft, SeededSequence, byte[]> Make);

    public static readonly IReadOnlyList<Mishap> All =
    [
        new("empty", "empty", (_, _) => []),
        new("blank", "empty", (_, _) => "  \r\n\t\n"u8.ToArray()),
        new("cut-off", "not_json", (d, r) => BundleWriter.Write(d, r) is var whole ? whole[..(whole.Length * 2 / 3)] : []),
        new("xml", "not_json", (_, _) => "<Bundle xmlns=\"http://hl7.org/fhir\"/>"u8.ToArray()),
        new("not-utf8", "not_json", (_, _) => [.. "{\"resourceType\":\"Bundle\",\"id\":\""u8, 0xC3, 0x28, .. "\"}"u8]),
        new("two-documents", "not_json", (_, _) => "{}{}"u8.ToArray()),
        new("duplicate-name", "duplicate_name", (_, _) => "{\"resourceType\":\"Bundle\",\"resourceType\":\"Patient\"}"u8.ToArray()),
        new("deep", "too_deep", (_, _) => Encoding.ASCII.GetBytes(new string('[', 5000) + new string(']', 5000))),
        new("response", "not_a_request", (_, _) => "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"resource\":{\"resourceType\":\"ClaimResponse\"}}]}"u8.ToArray()),
        new("patient-only", "not_a_request", (_, _) => "{\"resourceType\":\"Patient\",\"id\":\"p\"}"u8.ToArray()),
        new("number", "not_a_request", (_, _) => "42"u8.ToArray()),
        new("missing-practitioner", "missing_reference", (d, r) => BundleWriter.Write(d with { LeaveOutPractitioner = true }, r)),
        new("no-insurance", "missing_element", (d, r) => BundleWriter.Write(d with { LeaveOutInsurance = true }, r)),
        new("no-items", "missing_element", (d, r) => BundleWriter.Write(d with { Lines = [] }, r)),
        new("claim-for-payment", "not_preauthorization", (d, r) => BundleWriter.Write(d with { Use = "claim" }, r)),
        new("cancelled", "not_active", (d, r) => BundleWriter.Write(d with { Status = "cancelled" }, r)),
        new("no-code", "missing_code", (d, r) => BundleWriter.Write(d with { Lines = [new LineDraft("hcpcs", "", "as discussed by telephone")] }, r)),
        new("quantity-zero", "bad_quantity", (d, r) => BundleWriter.Write(d with { Lines = [d.Lines[0] with { Quantity = "0" }] }, r)),
        new("impossible-date", "bad_date", (d, r) => BundleWriter.Write(d with { BirthDate = "1987-02-30" }, r)),
    ];
}

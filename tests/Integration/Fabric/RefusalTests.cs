using System.Text;
using Voxeltron.Tests.Integration.Api;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>Goal: what cannot run is refused by name and leaves no trace that looks like work. Method: broken specs and modules to a fabric that works.</summary>
[Collection(WorkingFabric.Name)]
public sealed class RefusalTests(WorkingFabricFixture fixture)
{
    private readonly RunningFabric _fabric = fixture.Fabric;

    [Fact]
    public async Task A_cyclic_spec_is_422_with_the_errors_and_no_mission()
    {
        var module = await _fabric.RegisterAsync("echo", BuiltFiles.Sample("echo/echo.wasm"));
        var spec = $$$"""
            {"spec": "v1", "name": "cycle", "inputs": {"requests": {}}, "tasks": [
              {"id": "a", "module": "{{{module}}}", "dependsOn": ["b"]},
              {"id": "b", "module": "{{{module}}}", "dependsOn": ["a"]}]}
            """;
        await AssertRefusedAsync("cycle", spec, "spec_invalid", "cycle");
    }

    [Fact]
    public async Task A_spec_with_an_unknown_module_is_422_and_no_mission() =>
        await AssertRefusedAsync("stranger", Specs.Mapped(new string('a', 64), "stranger"), "unknown_module", "unknown_module");

    [Fact]
    public async Task A_spec_that_is_no_JSON_is_a_problem_and_no_mission()
    {
        using var response = await _fabric.Http.SendAsync(Requests.Mission("{\"spec\":", Guid.NewGuid().ToString("N"), 20));
        await Problem.ExpectAnyAsync(response, 400, 422, "broken JSON");
    }

    [Theory]
    [InlineData("not wasm at all", "malformed")]
    [InlineData("", "body_empty")]
    public async Task Bytes_that_are_no_module_are_refused_by_name(string text, string code)
    {
        using var response = await _fabric.PostModuleAsync("junk", Encoding.UTF8.GetBytes(text));
        var problem = await Problem.ExpectAnyAsync(response, 400, 422, code);
        Assert.Contains(code, problem.GetProperty("type").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_module_with_an_unknown_import_is_refused_and_the_refusal_names_it()
    {
        // (module (import "env" "abort" (func))): one type () -> (), one import of it.
        byte[] wasm = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 13, 1, 3, .. "env"u8, 5, .. "abort"u8, 0, 0];
        using var response = await _fabric.PostModuleAsync("aborts", wasm);
        var problem = await Problem.ExpectAsync(response, 422, "unknown_import");
        Assert.Contains("abort", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        // Asked again, the answer is the same.
        using var again = await _fabric.PostModuleAsync("aborts", wasm);
        await Problem.ExpectAsync(again, 422, "unknown_import");
    }

    [Fact]
    public async Task A_truncated_module_is_refused_and_the_worker_goes_on()
    {
        var wasm = BuiltFiles.Sample("echo/echo.wasm");
        using var response = await _fabric.PostModuleAsync("half", wasm[..(wasm.Length / 2)]);
        await Problem.ExpectAnyAsync(response, 422, 422, "half a module");
        Assert.False(fixture.Worker.HasExited);
    }

    private async Task AssertRefusedAsync(string name, string spec, string code, string errorCode)
    {
        using var response = await _fabric.Http.SendAsync(Requests.Mission(spec, Guid.NewGuid().ToString("N"), 20));
        var problem = await Problem.ExpectAsync(response, 422, code);
        Assert.Contains(problem.GetProperty("errors").EnumerateArray(), error => error.GetProperty("code").GetString() == errorCode);
        Assert.Equal(0, await _fabric.CountAsync($"select count(*) from control.mission where name = '{name}'"));
    }
}

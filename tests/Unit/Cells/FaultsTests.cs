using System.Reflection;
using System.Text.RegularExpressions;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Every code has a class, and nobody adds a code without deciding which.</summary>
public sealed class FaultsTests
{
    private static readonly Dictionary<string, FaultClass> s_decided = new()
    {
        ["fuel_slice"] = FaultClass.None,
        ["host_lost"] = FaultClass.None,
        ["no_capacity"] = FaultClass.None,
        ["view_division_by_zero"] = FaultClass.StateInconsistency,
        ["view_value_out_of_range"] = FaultClass.StateInconsistency,
        ["out_of_fuel"] = FaultClass.ResourceExhaustion,
        ["watchdog"] = FaultClass.ResourceExhaustion,
        ["trap_stack_overflow"] = FaultClass.ResourceExhaustion,
        ["alloc_failed"] = FaultClass.ResourceExhaustion,
        ["instantiation_failed"] = FaultClass.ResourceExhaustion,
        ["views_too_large"] = FaultClass.ResourceExhaustion,
        ["views_step_too_large"] = FaultClass.ResourceExhaustion,
        ["memory_limit"] = FaultClass.PolicyViolation,
        ["table_limit"] = FaultClass.PolicyViolation,
        ["profile_invalid"] = FaultClass.PolicyViolation,
        ["budget_exhausted"] = FaultClass.None,
        ["image_lost"] = FaultClass.None,
        ["image_unusable"] = FaultClass.None,
        ["policy_breach"] = FaultClass.PolicyViolation,
        ["missing_handler"] = FaultClass.PolicyViolation,
        ["nonzero_return"] = FaultClass.TransientCrash,
        ["host_error"] = FaultClass.TransientCrash,
        ["trap_memory_out_of_bounds"] = FaultClass.TransientCrash,
        ["trap_unreachable"] = FaultClass.TransientCrash,
        ["trap_integer_divide_by_zero"] = FaultClass.TransientCrash,
    };

    [Fact]
    public void Every_code_has_the_class_that_was_decided() =>
        Assert.Equal(s_decided.OrderBy(static pair => pair.Key), s_decided.Keys.Select(static code => KeyValuePair.Create(code, Faults.Of(code))).OrderBy(static pair => pair.Key));

    [Fact]
    public void No_code_is_without_a_decision()
    {
        var constants = typeof(AbortCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(static field => (string)field.GetRawConstantValue()!);
        var boots = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "src", "Cells"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(static file => Regex.Matches(File.ReadAllText(file), "new CellBootException\\(\\s*\"([a-z_]+)\"")).Select(static match => match.Groups[1].Value);
        var views = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "src", "Cosmictron", "Views"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(static file => Regex.Matches(File.ReadAllText(file), "\"(views?_[a-z_]+)\"")).Select(static match => match.Groups[1].Value)
            .Where(static code => code is not ("view_refused" or "view_followed"));
        var all = constants.Concat(boots).Concat(views).Where(static code => code.Length > 0).ToHashSet();
        Assert.True(all.Count > 15, string.Join(' ', all));
        Assert.Empty(all.Except(s_decided.Keys));
    }

    [Fact]
    public void A_trap_nobody_knows_is_a_crash()
    {
        for (var code = 0; code <= byte.MaxValue; code++)
        {
            var word = AbortCodes.OfTrap((byte)code);
            Assert.Equal(s_decided.GetValueOrDefault(word, FaultClass.TransientCrash), Faults.Of(word));
        }

        Assert.Equal(FaultClass.TransientCrash, Faults.Of("trap_no_engine_has_yet"));
    }
}

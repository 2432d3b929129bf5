using Microsoft.Extensions.Configuration;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Setup;

public sealed class SettingsTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void The_environment_overrides_the_file_and_a_connection_string_never_becomes_a_setting()
    {
        File.WriteAllText(_file, """{"settings_test": {"lease_ttl_ms": 3000}}""");
        Environment.SetEnvironmentVariable("VOXELTRON_SETTINGS_TEST__LEASE_TTL_MS", "4000");
        Environment.SetEnvironmentVariable("VOXELTRON_SETTINGS_TEST_POSTGRES", "Password=word");
        var settings = SettingsFile.Load(_file);
        Assert.Equal(4000, settings.WholeNumber("settings_test:lease_ttl_ms", 1, 1, 10_000));
        Assert.DoesNotContain(settings.AsEnumerable(), static setting => setting.Value == "Password=word");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("70000")]
    [InlineData("3s")]
    public void A_value_out_of_bounds_is_refused_with_its_name_and_what_is_allowed(string value)
    {
        File.WriteAllText(_file, $$"""{"worker": {"poll_ms": "{{value}}" } }""");
        var refused = Assert.Throws<VoxeltronException>(() => SettingsFile.Load(_file).WholeNumber("worker:poll_ms", 1000, 1, 60_000));
        Assert.Contains("worker.poll_ms", refused.Message, StringComparison.Ordinal);
        Assert.Contains("VOXELTRON_WORKER__POLL_MS", refused.Message, StringComparison.Ordinal);
        Assert.Contains(value, refused.Message, StringComparison.Ordinal);
        Assert.Contains("1 to 60000", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_file_is_refused_with_its_path()
    {
        File.WriteAllText(_file, "{ \"api\": ");
        var refused = Assert.Throws<VoxeltronException>(() => SettingsFile.Load(_file));
        Assert.Equal("bad_config", refused.FaultCode);
        Assert.Contains(_file, refused.Message, StringComparison.Ordinal);
    }
}

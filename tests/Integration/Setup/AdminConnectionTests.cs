using Voxeltron.Migrations.Setup;
using Xunit;

namespace Voxeltron.Tests.Integration.Setup;

public sealed class AdminConnectionTests
{
    [Theory]
    [InlineData("Host=db;Port=5433;Username=ann;Password=p w;Database=postgres", "db", 5433, "ann", "p w")]
    [InlineData("postgresql://ann:p%20w@db:5433/postgres", "db", 5433, "ann", "p w")]
    [InlineData("postgres://ann:p%20w@/postgres?host=/run/pg&port=5433", "/run/pg", 5433, "ann", "p w")]
    public void Both_ways_to_write_a_connection_are_read(string text, string host, int port, string user, string password)
    {
        var connection = AdminConnection.Parse(text);
        Assert.Equal((host, port, user, password, "postgres"), (connection.Host, connection.Port, connection.Username, connection.Password, connection.Database));
    }

    [Theory]
    [InlineData("postgresql://ann:secret-word@db:notaport/x")]
    [InlineData("Host=db;Pasword=secret-word")]
    [InlineData("postgresql://ann:secret-word@db/x?sslmode=maybe")]
    [InlineData("Username=ann;Password=secret-word")]
    public void A_connection_that_cannot_be_read_is_refused_without_repeating_it(string text)
    {
        var refused = Assert.Throws<UsageException>(() => AdminConnection.Parse(text));
        Assert.DoesNotContain("secret-word", refused.Message, StringComparison.Ordinal);
    }
}

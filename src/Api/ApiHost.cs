using Voxeltron.Hosting;

namespace Voxeltron.Api;

/// <summary>The composition root of the Api, callable so that tests start exactly what production starts.</summary>
public static class ApiHost
{
    /// <summary>Reads the state directory named by <c>VOXELTRON_STATE</c>; does not connect to the database.</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        var state = builder.AddVoxeltronHosting("api", FabricRole.Api);
        builder.AddVoxeltronApi(state);
        var app = builder.Build();
        app.UseVoxeltronApi();
        return app;
    }
}

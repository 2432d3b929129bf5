using Voxeltron.Api;
using Voxeltron.Hosting;

return await FabricProcess.RunAsync(async () =>
{
    await using var app = ApiHost.Build(args);
    await app.RunAsync();
});

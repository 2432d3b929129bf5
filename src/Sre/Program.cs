using Voxeltron.Hosting;
using Voxeltron.Sre;

return await FabricProcess.RunAsync(async () =>
{
    await using var app = SreHost.Build(args);
    await app.RunAsync();
});

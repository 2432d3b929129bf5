using Voxeltron.Hosting;
using Voxeltron.Migrations.Setup;

// The only program that ever holds the owner role. It does its work and ends.
const string usage = """
    voxeltron-migrate setup [--state DIR] [--postgres CONNECTION] [--database NAME] [--tenant NAME] [--api-url URL] [--private-server]
        Makes a fabric or completes it: roles, database, schema, keys, genesis, first API key. May be repeated at any time.
        CONNECTION is an administrator's (superuser, or createrole and createdb); better give it in VOXELTRON_POSTGRES,
        since a command line can be read by every user of the machine. Later runs do not need it.
        --private-server: nobody else uses the server, so set-up may reset the passwords of the fabric's roles.
    voxeltron-migrate status [--state DIR]
        Says what is set up and what is missing; changes nothing. Exit code 1 if something is missing.
    voxeltron-migrate key create --tenant NAME --role ROLE --name WHO [--expires-days N] [--state DIR]
        Makes an API key and shows it once. ROLE is operator, developer, tenant, auditor or approver (docs/http.md).
    voxeltron-migrate key list [--tenant NAME] [--state DIR]
        One line a key: id, tenant, role, name, when made, whether it lives. No secret is stored, so none is shown.
    voxeltron-migrate key revoke ID [--state DIR]
        The key stops working within a second.
    DIR is VOXELTRON_STATE unless given.
    """;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

try
{
    switch (args)
    {
        case ["setup", .. var rest]:
            var options = SetupOptions.Parse(rest);
            return await FabricProcess.RunAsync(() => FabricSetup.RunAsync(options, Console.Out, TimeProvider.System, stop.Token));
        case ["status", .. var rest]:
            var state = SetupOptions.Parse(rest).State;
            var complete = false;
            var failed = await FabricProcess.RunAsync(async () => complete = await SetupStatus.PrintAsync(state, Console.Out, stop.Token));
            return failed != 0 || !complete ? 1 : 0;
        case ["key", .. var rest]:
            var key = KeyOptions.Parse(rest);
            return await FabricProcess.RunAsync(() => KeyCommand.RunAsync(key, Console.Out, TimeProvider.System, stop.Token));
        case ["help" or "--help" or "-h"]:
            Console.WriteLine(usage);
            return 0;
        default:
            throw new UsageException(args.Length == 0 ? "name a command" : $"unknown command '{args[0]}'");
    }
}
catch (UsageException wrong)
{
    Console.Error.WriteLine($"voxeltron-migrate: {wrong.Message}.\n{usage}");
    return 2;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("voxeltron-migrate: stopped before it was done; run it again to complete it.");
    return 1;
}

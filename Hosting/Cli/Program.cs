using Sluice.Actors.Parsing.Workers;
using Sluice.Hosting.Cli;

// Before anything else: a worker needs nothing of the rest, and is waited for.
if (args is [ParseWorker.Verb, .. var rest])
{
    return ParseWorker.Run(rest);
}

using var interruption = new Interruption();
return await SluiceProgram.RunAsync(args, CliHost.OfProcess(interruption.Stop));

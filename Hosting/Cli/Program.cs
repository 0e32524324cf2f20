using Sluice.Hosting.Cli;

using var interruption = new Interruption();
return await SluiceProgram.RunAsync(args, CliHost.OfProcess(interruption.Stop));

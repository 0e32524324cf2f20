using BenchmarkDotNet.Running;
using Sluice.Benchmarks;

// Plain measurements by name; anything else goes to BenchmarkDotNet (try: --list flat).
switch (args.FirstOrDefault())
{
    case "tokenizer":
        await TokenizerSpeed.RunAsync();
        break;
    case "session":
        await SessionSpeed.RunAsync(args.Skip(1).Select(int.Parse).ToArray());
        break;
    case "start":
        await StartSpeed.RunAsync();
        break;
    case "memory":
        await SessionMemory.RunAsync(args.ElementAtOrDefault(1) ?? "arena");
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        break;
}

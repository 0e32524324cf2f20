using System.Globalization;
using BenchmarkDotNet.Running;
using Sluice.Benchmarks;
using Sluice.TestKit.Models;

// Plain measurements by name; anything else goes to BenchmarkDotNet (try: --list flat).
switch (args.FirstOrDefault())
{
    case "tokenizer":
        await TokenizerSpeed.RunAsync();
        break;
    case "tokenizers":
        await TokenizerFamilies.RunAsync();
        break;
    case "tokenizer-fuzz":
        await TokenizerReference.CompareAsync(
            args.ElementAtOrDefault(1) ?? "all",
            int.Parse(args.ElementAtOrDefault(2) ?? "1000", CultureInfo.InvariantCulture),
            int.Parse(args.ElementAtOrDefault(3) ?? "1", CultureInfo.InvariantCulture),
            args.ElementAtOrDefault(4) != "no-port");
        break;
    case "visual-parity":
        await VisualParity.RunAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 200);
        break;
    case "visual-vectors":
        await VisualParity.WriteVectorsAsync();
        break;
    case "ocr":
        OcrAccuracy.Run(args[1..]);
        break;
    case "session":
        await SessionSpeed.RunAsync(args.Skip(1).Select(int.Parse).ToArray());
        break;
    case "start":
        await StartSpeed.RunAsync();
        break;
    case "worker-cost":
        await WorkerCost.RunAsync(args[1], int.Parse(args[2], CultureInfo.InvariantCulture), args[3..]);
        break;
    case "parse-cost":
        await ParseCost.RunAsync(args[1], int.Parse(args[2], CultureInfo.InvariantCulture), args[3..]);
        break;
    case "memory":
        await SessionMemory.RunAsync(args.ElementAtOrDefault(1) ?? "arena");
        break;
    case "efficiency":
        await PipelineEfficiency.RunAsync(args[1], args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 3);
        break;
    case "peak":
        await PipelineMemory.RunAsync(args[1], args[2], args.Length > 3 ? double.Parse(args[3], CultureInfo.InvariantCulture) : 0);
        break;
    case "pgvector":
        await PgvectorSpeed.RunAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 20_000);
        break;
    case "sinks":
        await SqliteSpeed.RunAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10_000);
        foreach (var database in SinkSpeedTarget.Names)
        {
            await SinkSpeed.RunAsync(database, args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5_000);
        }

        break;
    case "all-sinks":
        await AllSinks.RunAsync(args[1], TimeSpan.FromSeconds(args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 60));
        break;
    case "sqlite":
        await SqliteSpeed.RunAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10_000);
        break;
    case "sink":
        await SinkSpeed.RunAsync(args[1], args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 5_000);
        break;
    case "ledger":
        await LedgerWalk.RunAsync(args[1..]);
        break;
    case "ledger-list":
        await LedgerWalk.ListAsync(args[1], args[2]);
        break;
    case "throughput":
        await ModelThroughput.RunAsync(args[1], args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : Environment.ProcessorCount, args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 1);
        break;
    case "late":
        await LateInteractionSearch.RunAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10_000, args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 64);
        break;
    case "parity":
        await ModelParity.RunAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 300);
        break;
    case "parity-real":
        await RealTokenizerParity.RunAsync(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 200, [.. args.Skip(2)]);
        break;
    case "serve":
        await ServeSpeed.RunAsync(new Uri(args[1]), args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 2_000);
        break;
    case "parity-vectors":
        await ModelParity.WriteVectorsAsync();
        break;
    case "tiny-model":
        TinyModelFolder.Write(args[1], await TestModel.EnsureAsync());
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        break;
}

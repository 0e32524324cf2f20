using System.Diagnostics.CodeAnalysis;

namespace Sluice.ClusterRuns;

/// <summary>Runs of whole clusters on one machine. See README.md beside it.</summary>
[SuppressMessage("Design", "CA1052:Static holder types should be Static or NotInheritable", Justification = "Entry point.")]
internal static class Program
{
    private const string Usage = """
        Runs whole clusters on this machine: a real PostgreSQL with pgvector, nodes in processes of their own.

          run equal FOLDER [CORPUS]               6 nodes in different roles against one machine, chunk for chunk, with the default model
          run faults FOLDER COUNT [SEED] [CORPUS] so many faults over one run, then the database must equal the corpus; prints the table
          run scaling FOLDER [TEXTS] [N...]       embedders of fixed latency: throughput relative to linear
          run pressure FOLDER [SECONDS]           the database slowed to a hundredth: windows, memory, heartbeats
          run handoff FOLDER                      the exchange against a bare stream reference
          run rolling FOLDER                      every node restarted in turn: repeated work
          run node FOLDER LATENCY-MS ROWS SETTING...   one node, as the others start it
        """;

    public static async Task<int> Main(string[] args)
    {
        if (args.Length < 2)
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        var folder = Path.GetFullPath(args[1]);
        return args[0] switch
        {
            "node" => await NodeCommand.RunAsync([.. args.Skip(1)]),
            "faults" => await FaultsCommand.RunAsync(folder, [.. args.Skip(2)]),
            "equal" => await EqualCommand.RunAsync(folder, args.ElementAtOrDefault(2)),
            "scaling" => await ScalingCommand.RunAsync(folder, [.. args.Skip(2)]),
            "pressure" => await PressureCommand.RunAsync(folder, args.ElementAtOrDefault(2)),
            "handoff" => await HandOffCommand.RunAsync(),
            "rolling" => await RollingCommand.RunAsync(folder),
            _ => Unknown(),
        };
    }

    private static int Unknown()
    {
        Console.Error.WriteLine(Usage);
        return 2;
    }
}

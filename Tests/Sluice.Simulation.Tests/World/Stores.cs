using Sluice.Actors.Core;
using Sluice.Actors.Ledgers;
using Sluice.Actors.Parsing.Sources;
using Sluice.Actors.Sinks;
using Sluice.Simulation.Tests.Scheduling;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Simulation.Tests.World;

/// <summary>All that outlives a process: the corpus, the database, the ledger, and what is wrong with them.</summary>
internal sealed class Stores : IDisposable
{
    private readonly string _folder;
    private readonly FileStream _place;
    private readonly TimeProvider _time;
    private Dictionary<ChunkId, VectorRecord>? _copy;
    private int _copyNumber;

    public Stores(TimeProvider time)
    {
        _time = time;
        (_folder, _place) = Take();
        Corpus = new Corpus(_folder);
    }

    public Corpus Corpus { get; }

    public SinkState Sink { get; } = new();

    public Troubles Troubles { get; } = new();

    private string LedgerFile => Path.Combine(_folder, $"ledger-{_copyNumber}.db");

    /// <summary>Options of a run that asks before it removes a single document.</summary>
    public static PipelineOptions Careful(int partitions) => new() { Partitions = partitions, PruneMinimum = 1, PruneShare = 0 };

    /// <summary>Waits on the simulation's own thread for something that no simulated thing holds up.</summary>
    public static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    public static void Wait(Task task) => task.GetAwaiter().GetResult();

    public ILedger OpenLedger()
    {
        var ledger = Ledgers.Open($"sqlite:{LedgerFile}", _time);
        Wait(ledger.InitializeAsync(CancellationToken.None));
        return ledger;
    }

    public IDocumentSource OpenSource(int source)
    {
        var real = DocumentSources.Create(SourceLocation.ParseAbsolute(Corpus.LocationOf(source)), new SourceOptions(), _time);
        return source < 2 ? real : new PageSource(real, Corpus, Corpus.Files + source - 2);
    }

    /// <summary>Copies ledger and database. Nobody may be running.</summary>
    public void Copy()
    {
        CopyLedger(LedgerFile, Path.Combine(_folder, "copy.db"));
        _copy = Sink.Copy();
    }

    public bool RestoreLedger()
    {
        if (_copy is null)
        {
            return false;
        }

        _copyNumber++;
        CopyLedger(Path.Combine(_folder, "copy.db"), LedgerFile);
        return true;
    }

    public bool RestoreSink()
    {
        if (_copy is null)
        {
            return false;
        }

        Sink.Restore(_copy);
        return true;
    }

    /// <summary>The documents that the ledger knows.</summary>
    public IReadOnlyList<int> Known()
    {
        var ledger = OpenLedger();
        var uris = Wait(ledger.ListDocumentsAsync("simulated:sink", null, 1000, CancellationToken.None)).Select(static document => document.Listed.Uri).ToHashSet(StringComparer.Ordinal);
        Wait(ledger.DisposeAsync().AsTask());
        return [.. Enumerable.Range(0, Corpus.All).Where(document => uris.Contains(Corpus.UriOf(document)))];
    }

    /// <summary>Compares database and ledger as <c>sluice verify</c> does.</summary>
    public VerificationReport Verify(bool repair)
    {
        var board = new Switchboard();
        var ledger = OpenLedger();
        try
        {
            var work = new CollectionVerifier(new SimulatedSink(Sink, new Owner("verify", []), board, static () => false), ledger).VerifyAsync(repair, CancellationToken.None);
            var spin = default(SpinWait);
            while (!work.IsCompleted)
            {
                board.LetThrough(new Dice(1));
                spin.SpinOnce();
            }

            return Wait(work);
        }
        finally
        {
            Wait(ledger.DisposeAsync().AsTask());
        }
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _place.Dispose();
    }

    /// <summary>
    /// A folder that has the same name each time, since names decide what order documents come in. The first one that no other simulation on this machine uses.
    /// </summary>
    private static (string Folder, FileStream Place) Take()
    {
        var parent = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), "sluice-simulation");
        Directory.CreateDirectory(parent);
        for (var number = 0; ; number++)
        {
            var folder = Path.Combine(parent, $"{number}");
            try
            {
                var place = new FileStream(folder + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, recursive: true);
                }

                return (Directory.CreateDirectory(folder).FullName, place);
            }
            catch (IOException) when (number < 100)
            {
                // Another one uses it.
            }
        }
    }

    private static void CopyLedger(string from, string to)
    {
        foreach (var ending in new[] { "", "-wal" })
        {
            if (File.Exists(from + ending))
            {
                File.Copy(from + ending, to + ending, overwrite: true);
            }
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using Sluice.Actors.Ledgers;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.TestKit.Postgres;

namespace Sluice.Benchmarks;

/// <summary>
/// A long listing into a PostgreSQL ledger: <c>ledger [COUNT] [URI]</c>. Lists COUNT documents (default 10,000,000) in pages with a cursor, in a process of its own that
/// is killed half-way and taken up again; then settles part of one partition and pages through the rest. Without a URI it starts a server.
/// </summary>
internal static class LedgerWalk
{
    /// <summary>Documents on a page of the listing.</summary>
    private const int PageSize = 5_000;
    private const int Partitions = 16;
    private static readonly WalkSpec s_spec = new(SourceScope.Prefix("s3://bench/"), "pgvector://bench/docs", "config-1");
    private static readonly CultureInfo s_plain = CultureInfo.InvariantCulture;

    public static async Task RunAsync(string[] arguments)
    {
        var count = arguments.Length > 0 ? long.Parse(arguments[0], NumberStyles.AllowThousands, s_plain) : 10_000_000;
        if (arguments.Length > 1)
        {
            await MeasureAsync(count, arguments[1]);
            return;
        }

        await using var server = await PostgresServer.StartAsync("shared_buffers=512MB max_wal_size=4GB checkpoint_timeout=15min");
        await MeasureAsync(count, server.Address(await server.CreateDatabaseAsync(), "schema=sluice"));
    }

    /// <summary>The process that lists: goes on where the last one stopped, and says how far it is.</summary>
    public static async Task ListAsync(string count, string address)
    {
        var total = long.Parse(count, s_plain);
        await using var ledger = Ledgers.Open(address, TimeProvider.System);
        await ledger.InitializeAsync(CancellationToken.None);
        var walk = await ledger.BeginWalkAsync(s_spec, resume: true, CancellationToken.None);
        var next = walk.Cursor is { } cursor ? long.Parse(cursor, s_plain) : walk.Listed ? total : 0;
        Console.WriteLine(string.Create(s_plain, $"from {next}"));
        using var process = Process.GetCurrentProcess();
        while (next < total)
        {
            var documents = new ListedDocument[Math.Min(PageSize, total - next)];
            for (var i = 0; i < documents.Length; i++)
            {
                documents[i] = new ListedDocument(string.Create(s_plain, $"s3://bench/folder-{(next + i) / 1_000:0000000}/document-{next + i:000000000}.txt"), next + i, DateTimeOffset.UnixEpoch);
            }

            next += documents.Length;
            var after = next < total ? next.ToString(s_plain) : null;
            await ledger.AddListingAsync(walk, new ListingPage(documents, after), CancellationToken.None);
            walk = walk with { Cursor = after };
            process.Refresh();
            Console.WriteLine(string.Create(s_plain, $"{next} {process.WorkingSet64}"));
        }
    }

    private static async Task MeasureAsync(long count, string address)
    {
        var rates = new List<double>();
        var reached = await ListUntilAsync(count, address, count / 2, rates);
        Console.WriteLine(string.Create(s_plain, $"killed at {reached:N0}"));
        reached = await ListUntilAsync(count, address, long.MaxValue, rates);
        Console.WriteLine(string.Create(s_plain, $"listed {reached:N0}; rate of the last step to that of the first: {rates[^1] / rates[0]:0.00}"));

        await using var ledger = Ledgers.Open(address, TimeProvider.System);
        var walk = await ledger.BeginWalkAsync(s_spec, resume: true, CancellationToken.None);
        if (!walk.Listed || reached != count)
        {
            throw new InvalidOperationException($"The walk should be listed to its end; it stands at {reached} of {count}.");
        }

        await PagesAsync(ledger, walk);
        var clock = Stopwatch.StartNew();
        var accounting = await ledger.AccountAsync(walk, CancellationToken.None);
        Console.WriteLine(string.Create(s_plain, $"accounting of {accounting.Discovered:N0} documents ({accounting.Indexed:N0} indexed): {clock.Elapsed.TotalSeconds:0.0} s"));
        clock.Restart();
        var removed = await ledger.ListRemovedAsync(walk, 1_000, CancellationToken.None);
        Console.WriteLine(string.Create(s_plain, $"looking for removed documents ({removed.Count}): {clock.Elapsed.TotalSeconds:0.0} s"));
    }

    /// <summary>Runs the listing process until it ends or has listed enough; then kills it.</summary>
    private static async Task<long> ListUntilAsync(long count, string address, long enough, List<double> rates)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var argument in new[] { "ledger-list", count.ToString(s_plain), address })
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var step = Math.Max(count / 10, 1);
        var (mark, from, reached) = (0L, -1L, 0L);
        var clock = Stopwatch.StartNew();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            if (words[0] == "from")
            {
                reached = mark = from = long.Parse(words[1], s_plain);
                Console.WriteLine(string.Create(s_plain, $"begins at {from:N0}"));
                clock.Restart();
                continue;
            }

            reached = long.Parse(words[0], s_plain);
            if (reached / step > mark / step)
            {
                rates.Add((reached - mark) / clock.Elapsed.TotalSeconds);
                Console.WriteLine(string.Create(s_plain, $"{reached,12:N0} documents  {rates[^1],8:N0}/s  {long.Parse(words[1], s_plain) / 1048576.0:0} MiB"));
                mark = reached;
                clock.Restart();
            }

            if (reached >= enough)
            {
                process.Kill();
                break;
            }
        }

        await process.WaitForExitAsync();
        return reached;
    }

    /// <summary>Settles a partition page by page: the last pages must come as fast as the first.</summary>
    private static async Task PagesAsync(ILedger ledger, Walk walk)
    {
        var slots = SlotRange.OfPartition(3, Partitions);
        var exclude = new HashSet<DocumentId>();
        List<double> times = [];
        var settled = 0;
        while (true)
        {
            var start = Stopwatch.GetTimestamp();
            var page = await ledger.ListPendingAsync(walk, slots, exclude, 256, CancellationToken.None);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (page.Count == 0 || times.Count > 4_000)
            {
                break;
            }

            await ledger.BeginAsync(walk, [.. page.Select(static document => (document.Id, document.Generation + 1))], CancellationToken.None);
            await ledger.CompleteAsync(
                walk, [.. page.Select(static document => new DocumentOutcome(document.Id, document.Generation + 1, DocumentState.Indexed) { ContentHash = document.Id.ToString() })], CancellationToken.None);
            settled += page.Count;
        }

        var tenth = Math.Max(times.Count / 10, 1);
        Console.WriteLine(string.Create(
            s_plain, $"{settled:N0} documents of one partition settled in {times.Count:N0} pages of 256: a page takes {Median(times[^tenth..]) / Median(times[..tenth]):0.00} times as long at the end ({Median(times[^tenth..]):0.0} ms)"));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}

using System.Globalization;
using Sluice.Faults;
using Sluice.Streams.Chunks;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>A folder with documents in <c>docs</c> and a database beside them, in which the real program is run. One test owns it.</summary>
internal sealed class Workplace : IDisposable
{
    /// <summary>Longest that a run may take; generous, so that only a hang meets it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();

    private Workplace()
    {
    }

    /// <summary>What every run is given: the cache of the tests, so that the default model is converted once.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["SLUICE_HOME"] = TestKit.Models.Repository.Root,
        ["SLUICE_CACHE"] = TestKit.Models.TestModel.CacheFolder,
    };

    /// <summary>The folder.</summary>
    public string Path => _folder.Path;

    /// <summary>The documents' folder.</summary>
    public string Docs => System.IO.Path.Combine(_folder.Path, "docs");

    /// <summary>The database.</summary>
    public string Database => System.IO.Path.Combine(_folder.Path, "sluice.db");

    /// <summary>Makes one, with nothing in it.</summary>
    public static async Task<Workplace> CreateAsync()
    {
        await TestKit.Models.TestModel.EnsureAsync();
        var workplace = new Workplace();
        Directory.CreateDirectory(workplace.Docs);
        return workplace;
    }

    /// <summary>Writes a document.</summary>
    public string Write(string name, string text) => _folder.Write(System.IO.Path.Combine("docs", name), text);

    /// <summary>Runs the program to its end.</summary>
    public async Task<Outcome> RunAsync(params string[] arguments)
    {
        using var run = Start(arguments);
        return await EndOfAsync(run);
    }

    /// <summary>Ingests the documents' folder as one for whom the permissions of files hold.</summary>
    public async Task<Outcome> IngestUnprivilegedAsync(params string[] more)
    {
        using var run = SluiceProcess.StartUnprivileged(_folder.Path, Environment, ["ingest", "docs", "--json", .. more]);
        return await EndOfAsync(run);
    }

    /// <summary>Ingests the documents' folder to the end.</summary>
    public Task<Outcome> IngestAsync(params string[] more) => RunAsync(["ingest", "docs", "--json", .. more]);

    /// <summary>Starts the program.</summary>
    public SluiceProcess Start(params string[] arguments) => SluiceProcess.Start(_folder.Path, Environment, arguments);

    /// <summary>Starts to ingest the documents' folder, slowly enough to be met in the middle: progress is told ten times a second.</summary>
    public SluiceProcess StartSlowly(params string[] more) => SluiceProcess.Ingest(
        _folder.Path,
        Environment,
        "docs",
        ["--threads", "1", "--set", "pipeline.batch-rows=2", "--set", "pipeline.sink-flush-age=20ms", .. more]);

    /// <summary>Waits for a run's end.</summary>
    public static async Task<Outcome> EndOfAsync(SluiceProcess run)
    {
        using var patience = new CancellationTokenSource(Patience);
        var output = await run.ExitedAsync(patience.Token);
        return new Outcome(run.ExitCode, output, string.Join('\n', run.Errors.Where(static line => !IsProgress(line))));
    }

    /// <summary>Waits until a run has embedded something and is not done.</summary>
    public static async Task EmbeddingAsync(SluiceProcess run)
    {
        using var patience = new CancellationTokenSource(Patience);
        await run.LineAsync(static line => IsProgress(line) && !line.Contains("chunks 0 ", StringComparison.Ordinal), patience.Token);
    }

    /// <summary>Sees to it that database and ledger agree.</summary>
    /// <returns>How many chunks both hold.</returns>
    public async Task<long> VerifyAsync()
    {
        var verified = (await RunAsync("verify", "--json")).ShouldEnd(0);
        verified.Json.GetProperty("agrees").GetBoolean().ShouldBeTrue(verified.Output);
        verified["inDatabase"].ShouldBe(verified["inLedger"]);
        return verified["inDatabase"];
    }

    /// <summary>The ids of all chunks in the database.</summary>
    public async Task<HashSet<ChunkId>> ChunksAsync() => await KillRun.IdsAsync(_folder.Path, CancellationToken.None);

    /// <summary>Where hits of a search are, best first: file names.</summary>
    public async Task<string[]> SearchAsync(params string[] arguments)
    {
        var found = (await RunAsync(["search", "--json", .. arguments])).ShouldEnd(0);
        return [.. found.Json.EnumerateArray().Select(static hit => System.IO.Path.GetFileName(new Uri(hit.GetProperty("uri").GetString()!).LocalPath))];
    }

    /// <summary>The chunks that a fresh database would hold after one uninterrupted run.</summary>
    public async Task<HashSet<ChunkId>> UninterruptedAsync()
    {
        var fresh = System.IO.Path.Combine(_folder.Path, string.Create(CultureInfo.InvariantCulture, $"fresh-{Guid.NewGuid():N}"));
        Directory.CreateDirectory(fresh);
        (await RunAsync("ingest", "docs", "--json", "--to", $"sqlite:{fresh}/sluice.db")).ShouldEnd(0);
        return await KillRun.IdsAsync(fresh, CancellationToken.None);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static bool IsProgress(string line) => line.StartsWith("documents ", StringComparison.Ordinal) && line.Contains("; chunks ", StringComparison.Ordinal);
}

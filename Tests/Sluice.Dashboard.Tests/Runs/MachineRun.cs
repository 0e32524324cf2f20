using System.Globalization;
using System.Text.RegularExpressions;
using Sluice.Faults;

namespace Sluice.Dashboard.Tests.Runs;

/// <summary><c>sluice ingest --dashboard</c> in a process of its own.</summary>
internal sealed partial class MachineRun : IAsyncDisposable
{
    private readonly SluiceProcess _process;

    private MachineRun(SluiceProcess process, Uri address)
    {
        _process = process;
        Address = address;
    }

    /// <summary>Where its page is.</summary>
    public Uri Address { get; }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts it and waits until it tells where its page is.</summary>
    public static async Task<MachineRun> StartAsync(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var process = SluiceProcess.Start(folder, environment, ["ingest", .. arguments]);
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
            var line = await process.LineAsync(static line => Http.IsMatch(line), limit.Token);
            return new MachineRun(process, new Uri(Http.Match(line).Value));
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>Ends it as a crash would.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Bytes of its resident set.</summary>
    public long Memory
    {
        get
        {
            var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/status")).First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line[6..].Trim().Split(' ')[0], CultureInfo.InvariantCulture) * 1024;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!await _process.ExitedWithinAsync(TimeSpan.Zero))
        {
            _process.Kill();
            await _process.ExitedWithinAsync(TimeSpan.FromSeconds(10));
        }

        _process.Dispose();
    }

    [GeneratedRegex(@"http://[\w.:\[\]]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Http { get; }
}

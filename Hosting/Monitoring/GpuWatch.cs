using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Sluice.Hosting.Http.Contract;

namespace Sluice.Hosting.Monitoring;

/// <summary>What nvidia-smi says of the GPUs, asked every few seconds while anybody looks. Without the program, or without GPUs, the list is empty and it is not asked again.</summary>
/// <param name="program">Path of the program; null when there is none.</param>
/// <param name="time">The clock.</param>
internal sealed class GpuWatch(string? program, TimeProvider time)
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(4);

    private string? _program = program;
    private long? _asked;
    private Task<IReadOnlyList<GpuView>> _asking = Task.FromResult<IReadOnlyList<GpuView>>([]);
    private IReadOnlyList<GpuView> _latest = [];

    /// <summary>One that asks the nvidia-smi on the path, if it is there.</summary>
    /// <param name="time">The clock.</param>
    /// <returns>The watch.</returns>
    public static GpuWatch OfPath(TimeProvider time) => new(
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(static folder => Path.Combine(folder, "nvidia-smi")).FirstOrDefault(File.Exists),
        time);

    /// <summary>The latest figures; never waits for new ones.</summary>
    /// <returns>One entry a GPU.</returns>
    public IReadOnlyList<GpuView> Read()
    {
        if (_program is null)
        {
            return [];
        }

        if (_asking.IsCompletedSuccessfully)
        {
            _latest = _asking.GetAwaiter().GetResult();
        }

        if (_asking.IsCompleted && (_asked is not { } asked || time.GetElapsedTime(asked) > s_period))
        {
            var first = _asked is null;
            _asked = time.GetTimestamp();
            _asking = AskAsync(_program);
            if (!first && _latest.Count == 0)
            {
                _program = null; // It was asked once, and knows of none.
            }
        }

        return _latest;
    }

    /// <summary>Reads what nvidia-smi prints; lines that are not understood are left out.</summary>
    /// <param name="output">Lines of index, name, utilization in percent, memory used and total in MiB, with commas between.</param>
    /// <returns>The GPUs.</returns>
    internal static IReadOnlyList<GpuView> Parse(string output)
    {
        var gpus = new List<GpuView>();
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var fields = line.Split(',', StringSplitOptions.TrimEntries);
            if (fields.Length == 5
                && int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                && double.TryParse(fields[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var percent)
                && long.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var used)
                && long.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out var total))
            {
                gpus.Add(new GpuView(index, fields[1], percent / 100, used << 20, total << 20));
            }
        }

        return gpus;
    }

    private async Task<IReadOnlyList<GpuView>> AskAsync(string path)
    {
        using var limit = new CancellationTokenSource(s_limit, time);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(path)
            {
                ArgumentList = { "--query-gpu=index,name,utilization.gpu,memory.used,memory.total", "--format=csv,noheader,nounits" },
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
            try
            {
                return Parse(await process.StandardOutput.ReadToEndAsync(limit.Token).ConfigureAwait(false));
            }
            finally
            {
                if (!process.HasExited)
                {
                    process.Kill();
                }
            }
        }
        catch (Exception exception) when (exception is Win32Exception or OperationCanceledException or IOException or InvalidOperationException)
        {
            return []; // Telemetry never breaks work; there is nothing to show.
        }
    }
}

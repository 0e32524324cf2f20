using System.Diagnostics;
using System.Text.Json;
using Sluice.TestKit.Models;

namespace Sluice.TestKit.Clients;

/// <summary>
/// A database's official JavaScript client in a process of its own: a line of JSON goes in for each call and a line comes out. The functions are those that
/// <c>Tests/Clients/NAME.mjs</c> exports. One call at a time.
/// </summary>
public sealed class NodeClient : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly string _name;
    private readonly Task<string> _errors;

    private NodeClient(Process process, string name)
    {
        (_process, _name) = (process, name);
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The folder with the clients.</summary>
    public static string Folder => Path.Combine(Repository.Root, "Tests", "Clients");

    /// <summary>Starts a client.</summary>
    /// <param name="name">Name of its script without <c>.mjs</c>.</param>
    /// <param name="arguments">What its function <c>open</c> gets, once.</param>
    public static async Task<NodeClient> StartAsync(string name, object? arguments = null)
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules")))
        {
            throw new InvalidOperationException($"The databases' own clients are missing. Run: npm ci --ignore-scripts --prefix {Folder}");
        }

        var process = Process.Start(new ProcessStartInfo("node", ["--no-warnings", Path.Combine(Folder, "run.mjs"), name])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        }) ?? throw new InvalidOperationException("Node.js cannot be started.");
        var client = new NodeClient(process, name);
        await client.CallAsync("open", arguments);
        return client;
    }

    /// <summary>Calls a function.</summary>
    /// <param name="command">Its name.</param>
    /// <param name="arguments">Its one argument.</param>
    /// <returns>What it returned.</returns>
    /// <exception cref="NodeClientException">It threw.</exception>
    public async Task<JsonElement> CallAsync(string command, object? arguments = null)
    {
        using var limit = new CancellationTokenSource(s_limit);
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { command, arguments }).AsMemory(), limit.Token);
        await _process.StandardInput.FlushAsync(limit.Token);
        string? line;
        try
        {
            line = await _process.StandardOutput.ReadLineAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            throw new NodeClientException($"{_name}.{command} did not answer within {s_limit.TotalSeconds} s");
        }

        if (line is null)
        {
            throw new NodeClientException($"{_name}.{command}: node ended: {await _errors}");
        }

        var answer = JsonSerializer.Deserialize<JsonElement>(line);
        return answer.TryGetProperty("error", out var error) ? throw new NodeClientException($"{_name}.{command}: {error}") : answer.GetProperty("result");
    }

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
    }
}

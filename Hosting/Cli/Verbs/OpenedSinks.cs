using Sluice.Hosting.Composition;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary>
/// The databases of a run, opened before its ledger: a wrong address among them is told before any file is made, and a file that both are in is opened with the database's
/// settings.
/// </summary>
internal sealed class OpenedSinks : IAsyncDisposable
{
    private readonly List<IVectorSink> _sinks;

    private OpenedSinks(List<IVectorSink> sinks) => _sinks = sinks;

    /// <summary>The databases, in the order in which they were named.</summary>
    public IReadOnlyList<IVectorSink> All => _sinks;

    /// <summary>Opens them; nothing is connected to yet.</summary>
    /// <param name="rooms">Opens one.</param>
    /// <param name="uris">Their addresses.</param>
    /// <exception cref="Streams.Failures.ConfigurationException">An address is wrong.</exception>
    public static async Task<OpenedSinks> OpenAsync(ISluiceRooms rooms, IReadOnlyList<string> uris)
    {
        var opened = new OpenedSinks([]);
        try
        {
            foreach (var uri in uris)
            {
                opened._sinks.Add(rooms.OpenSink(uri));
            }

            return opened;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sink in _sinks)
        {
            await sink.DisposeAsync();
        }

        _sinks.Clear();
    }
}

using Sluice.Actors.Core;
using Sluice.Hosting.Composition;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary>
/// The databases of a run, opened before its ledger: a wrong address among them, or a server that refuses, is told before any file is made, and a file that both are in is
/// opened with the database's settings.
/// </summary>
internal sealed class OpenedSinks : IAsyncDisposable
{
    private readonly List<IVectorSink> _sinks;

    private OpenedSinks(List<IVectorSink> sinks) => _sinks = sinks;

    /// <summary>The databases, in the order in which they were named.</summary>
    public IReadOnlyList<IVectorSink> All => _sinks;

    /// <summary>Opens them, and asks servers what they hold.</summary>
    /// <param name="rooms">Opens one.</param>
    /// <param name="questions">Asks them: waits for one that answers "not now".</param>
    /// <param name="uris">Their addresses.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Streams.Failures.ConfigurationException">An address is wrong.</exception>
    /// <exception cref="Streams.Failures.SluiceException">A server refuses: the key is missing or wrong, or there is no such host.</exception>
    public static async Task<OpenedSinks> OpenAsync(ISluiceRooms rooms, PatientQuestions questions, IReadOnlyList<string> uris, CancellationToken cancellationToken)
    {
        var opened = new OpenedSinks([]);
        try
        {
            foreach (var uri in uris)
            {
                opened._sinks.Add(rooms.OpenSink(uri));
            }

            for (var index = 0; index < uris.Count; index++)
            {
                if (DatabaseUris.FileOf(uris[index]) is null)
                {
                    await questions.MeetAsync(opened._sinks[index], cancellationToken);
                }
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

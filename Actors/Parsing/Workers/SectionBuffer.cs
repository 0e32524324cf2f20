using System.Threading.Channels;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>
/// Sections of one document that came from a worker and wait for their reader: so many bytes of them that a small document fits as a whole and gives its worker back
/// before it is embedded. One writer, one reader.
/// </summary>
internal sealed class SectionBuffer : IDisposable
{
    private const long Capacity = 256 << 10;
    private const long Overhead = 256;

    private readonly Channel<(Section Section, long Weight)> _sections = Channel.CreateUnbounded<(Section, long)>(new() { SingleReader = true, SingleWriter = true });
    private readonly SemaphoreSlim _room = new(0);
    private long _weight;

    /// <summary>Adds a section, when there is room; one goes in always.</summary>
    /// <param name="section">The section.</param>
    /// <param name="bytes">What came through the pipe for it: headings and metadata count as its text does.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask WriteAsync(Section section, long bytes, CancellationToken cancellationToken)
    {
        while (Interlocked.Read(ref _weight) >= Capacity)
        {
            await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        var weight = Overhead + bytes;
        Interlocked.Add(ref _weight, weight);
        _sections.Writer.TryWrite((section, weight));
    }

    /// <summary>Nothing more comes.</summary>
    public void Complete(Exception? exception) => _sections.Writer.TryComplete(exception);

    /// <summary>The next section; null at the end.</summary>
    public async ValueTask<Section?> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        (Section Section, long Weight) next;
        while (!_sections.Reader.TryRead(out next))
        {
            if (!await _sections.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                return null;
            }
        }

        if (Interlocked.Add(ref _weight, -next.Weight) is var left && left < Capacity && left + next.Weight >= Capacity)
        {
            _room.Release();
        }

        return next.Section;
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();
}

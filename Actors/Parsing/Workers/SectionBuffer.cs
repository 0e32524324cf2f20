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

    private readonly Channel<Section> _sections = Channel.CreateUnbounded<Section>(new() { SingleReader = true, SingleWriter = true });
    private readonly SemaphoreSlim _room = new(0);
    private long _weight;

    /// <summary>Adds a section, when there is room; one goes in always.</summary>
    public async ValueTask WriteAsync(Section section, CancellationToken cancellationToken)
    {
        while (Interlocked.Read(ref _weight) >= Capacity)
        {
            await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        Interlocked.Add(ref _weight, SectionCodec.WeightOf(section));
        _sections.Writer.TryWrite(section);
    }

    /// <summary>Nothing more comes.</summary>
    public void Complete(Exception? exception) => _sections.Writer.TryComplete(exception);

    /// <summary>The next section; null at the end.</summary>
    public async ValueTask<Section?> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Section? section;
        while (!_sections.Reader.TryRead(out section))
        {
            if (!await _sections.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                return null;
            }
        }

        var weight = SectionCodec.WeightOf(section);
        if (Interlocked.Add(ref _weight, -weight) is var left && left < Capacity && left + weight >= Capacity)
        {
            _room.Release();
        }

        return section;
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();
}

using System.Globalization;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Chunking;

/// <summary>Makes each image section one chunk, for models that embed images; there is nothing to cut. One without text shows its document's title. Safe for concurrent use.</summary>
internal sealed class ImageChunker : IChunker
{
    /// <inheritdoc/>
    public string Fingerprint => "image:1";

    /// <inheritdoc/>
    public IChunkSession Begin(DocumentId document) => new Session(document);

    private sealed class Session(DocumentId document) : IChunkSession
    {
        private readonly OccurrenceCounter _occurrences = new();
        private string? _title;
        private IReadOnlyDictionary<string, string>? _metadata;

        public void Add(Section section, ICollection<Chunk> ready)
        {
            ArgumentNullException.ThrowIfNull(section);
            ArgumentNullException.ThrowIfNull(ready);
            if (section.Kind == SectionKind.Title)
            {
                _title = string.IsNullOrWhiteSpace(section.Text) ? null : section.Text.Trim();
                _metadata = section.Metadata;
                return;
            }

            if (section.Image is not { } image)
            {
                return;
            }

            // The pixels are part of what the chunk is known by: a page that was drawn anew keeps its id only where it looks the same. The title, which stands for
            // a text that there is not, is no part: the same picture in another file gives what was embedded for this one.
            var known = string.Create(CultureInfo.InvariantCulture, $"{section.Text}\u001f{image.Hash:x32}");
            ready.Add(new Chunk(ChunkId.Create(document, known, _occurrences.Next(known)), section.Text.Length > 0 ? section.Text : _title ?? "", ReadOnlyMemory<int>.Empty, section.Place)
            {
                HeadingPath = section.HeadingPath,
                Title = _title,
                Metadata = ChunkFacts.Join(_metadata, section.Metadata),
                Image = image,
            });
        }

        public void Complete(ICollection<Chunk> ready)
        {
            // Every section was complete by itself.
        }
    }
}

using Sluice.Streams.Documents;

namespace Sluice.Actors.Chunking;

/// <summary>Works out what is told of a chunk besides its text: place, headings, metadata. Repeated pieces do not count. Not safe for concurrent use.</summary>
internal sealed class ChunkFacts
{
    private IReadOnlyDictionary<string, string>? _sectionMetadata;
    private IReadOnlyDictionary<string, string>? _merged;

    /// <summary>Metadata of the document, or null.</summary>
    public IReadOnlyDictionary<string, string>? DocumentMetadata { get; set; }

    public (Place Place, IReadOnlyList<string> HeadingPath, IReadOnlyDictionary<string, string>? Metadata) Of(PieceWindow window, int cut)
    {
        var first = window[window.Overlap];
        var last = window[cut - 1];
        IReadOnlyList<string>? path = null;
        IReadOnlyDictionary<string, string>? metadata = null;
        PieceSource? previous = null;
        for (var index = window.Overlap; index < cut; index++)
        {
            var source = window[index].Source;
            if (ReferenceEquals(source, previous))
            {
                continue;
            }

            previous = source;
            metadata ??= source.Section.Metadata;
            if (source.Kind != SectionKind.Heading)
            {
                path = path is null ? source.Section.HeadingPath : Shared(path, source.Section.HeadingPath);
            }
        }

        return (PlaceOf(first, last), path ?? first.Source.Section.HeadingPath, Merge(metadata));
    }

    private static IReadOnlyList<string> Shared(IReadOnlyList<string> one, IReadOnlyList<string> other)
    {
        var common = Run.Common(one, other);
        if (common == one.Count)
        {
            return one;
        }

        var shared = new string[common];
        for (var index = 0; index < common; index++)
        {
            shared[index] = one[index];
        }

        return shared;
    }

    private static Place PlaceOf(in Piece first, in Piece last)
    {
        var place = first.Source.Section.Place;
        var offset = first.Start + ChunkAssembler.LeadingWhiteSpace(first.Text, first.Kind);
        var start = Within(place, offset);
        var end = Within(last.Source.Section.Place, last.Start + last.Text.TrimEnd().Length);
        return place with
        {
            Start = start,
            End = Math.Max(start, end),
            Line = place.Line + first.Source.Text.AsSpan(0, offset).Count('\n'),
        };
    }

    private static long Within(Place place, int offset) => Math.Min(place.Start + offset, Math.Max(place.Start, place.End));

    private IReadOnlyDictionary<string, string>? Merge(IReadOnlyDictionary<string, string>? section)
    {
        if (section is null || DocumentMetadata is null)
        {
            return section ?? DocumentMetadata;
        }

        if (!ReferenceEquals(section, _sectionMetadata))
        {
            _sectionMetadata = section;
            _merged = Join(DocumentMetadata, section);
        }

        return _merged;
    }

    /// <summary>Metadata of a document and of one of its sections, which decides where both say something.</summary>
    public static IReadOnlyDictionary<string, string>? Join(IReadOnlyDictionary<string, string>? document, IReadOnlyDictionary<string, string>? section)
    {
        if (section is null || document is null)
        {
            return section ?? document;
        }

        var joined = new Dictionary<string, string>(document, StringComparer.Ordinal);
        foreach (var (key, value) in section)
        {
            joined[key] = value;
        }

        return joined;
    }
}

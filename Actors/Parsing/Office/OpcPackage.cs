using Sluice.Actors.Parsing.Zip;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Office;

/// <summary>
/// The parts of an Office document and how they refer to each other (Open Packaging Conventions, ECMA-376 part 2), read straight from the bounded archive so
/// that every byte is counted. Parts are found by their relations; declared content types, which broken writers get wrong, do not matter. Not safe for
/// concurrent use; does not own the stream.
/// </summary>
internal sealed class OpcPackage : IDisposable
{
    private const int MaxRelations = 1 << 18;

    private readonly ParseInput _input;
    private readonly CancellationToken _cancellationToken;

    private OpcPackage(BoundedZip zip, ParseInput input, CancellationToken cancellationToken)
    {
        Zip = zip;
        _input = input;
        _cancellationToken = cancellationToken;
    }

    /// <summary>The archive.</summary>
    public BoundedZip Zip { get; }

    /// <summary>Opens the package.</summary>
    /// <param name="stream">A seekable stream; stays open.</param>
    /// <param name="input">The document, for its limits.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    /// <returns>The package.</returns>
    /// <exception cref="DocumentRejectedException">It is encrypted or damaged.</exception>
    public static OpcPackage Open(Stream stream, ParseInput input, CancellationToken cancellationToken) =>
        new(BoundedZip.Open(stream, input.Options), input, cancellationToken);

    /// <summary>Name of the part that holds the document itself.</summary>
    /// <exception cref="DocumentRejectedException">The package does not say, or it is missing.</exception>
    public string MainPart()
    {
        foreach (var relation in Relations("").Values)
        {
            if (relation.Is("officeDocument"))
            {
                return relation.Target;
            }
        }

        throw new DocumentRejectedException(Rejection.Dead(Reasons.Corrupt, "the part '_rels/.rels' does not say which part holds the document; save it again with the program that made it"));
    }

    /// <summary>Relations of a part by their id; those that lead out of the package are left out.</summary>
    /// <param name="part">The part's name; empty for the package itself.</param>
    public Dictionary<string, OpcRelation> Relations(string part)
    {
        var slash = part.LastIndexOf('/');
        var folder = slash < 0 ? "" : part[..(slash + 1)];
        var name = $"{folder}_rels/{part[(slash + 1)..]}.rels";
        var relations = new Dictionary<string, OpcRelation>(StringComparer.Ordinal);
        if (part.Length > 0 && !Zip.Contains(name))
        {
            return relations;
        }

        using var xml = OpenXml(name);
        while (xml.ReadTo("Relationship") && relations.Count < MaxRelations)
        {
            if (xml.Attribute("Id") is { } id
                && xml.Attribute("Target") is { } target
                && !string.Equals(xml.Attribute("TargetMode"), "External", StringComparison.OrdinalIgnoreCase))
            {
                relations.TryAdd(id, new OpcRelation(xml.Attribute("Type") ?? "", PartPath.Resolve(folder, target)));
            }
        }

        return relations;
    }

    /// <summary>Opens an XML part.</summary>
    /// <param name="part">Its name.</param>
    /// <returns>A reader at its beginning; owned by the caller.</returns>
    /// <exception cref="DocumentRejectedException">It is missing.</exception>
    public XmlPart OpenXml(string part) => new(Zip.OpenPart(part), part, _input.Options, _cancellationToken);

    /// <summary>The document's title and core properties (ECMA-376 part 2, section 11); null when there are none.</summary>
    public Section? Title()
    {
        var core = Relations("").Values.FirstOrDefault(static relation => relation.Is("core-properties") || relation.Is("coreProperties"));
        if (core is null || !Zip.Contains(core.Target))
        {
            return null;
        }

        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        using (var xml = OpenXml(core.Target))
        {
            while (xml.Read())
            {
                if (xml.IsStart && MetadataKey(xml.Name) is { } key && xml.ReadText(1000).Trim() is { Length: > 0 } value)
                {
                    properties.TryAdd(key, value);
                }
            }
        }

        return DocumentTitle.Make(properties.Remove("title", out var title) ? title : null, properties, _input.FileName);
    }

    public void Dispose() => Zip.Dispose();

    private static string? MetadataKey(string element) => element switch
    {
        "title" or "subject" or "language" or "category" or "keywords" or "description" or "created" or "modified" => element,
        "creator" => "author",
        _ => null,
    };
}

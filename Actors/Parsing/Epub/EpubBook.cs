using System.Xml;
using Sluice.Actors.Parsing.Zip;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Epub;

/// <summary>What the package document of an e-book says: its title, and its chapters in reading order.</summary>
/// <param name="Title">Title and metadata; null when there are none.</param>
/// <param name="Chapters">Names of the chapters' entries.</param>
internal sealed record EpubBook(Section? Title, IReadOnlyList<string> Chapters)
{
    private const string Container = "META-INF/container.xml";
    private const string Encryption = "META-INF/encryption.xml";
    private const int MaxItems = 65_536;

    /// <summary>Reads the container, the encryption and the package document.</summary>
    /// <exception cref="DocumentRejectedException">The book is under digital rights management, or damaged.</exception>
    public static EpubBook Read(BoundedZip zip, ParseInput input, CancellationToken cancellationToken)
    {
        try
        {
            RejectEncrypted(zip, input, cancellationToken);
            return ReadPackage(zip, PackagePart(zip, input, cancellationToken), input, cancellationToken);
        }
        catch (Exception exception) when (exception is XmlException or InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw PackageErrors.Explain(exception, zip.CurrentPart)!;
        }
    }

    /// <summary>Obfuscated fonts are no obstacle to reading; anything else that is encrypted is.</summary>
    private static void RejectEncrypted(BoundedZip zip, ParseInput input, CancellationToken cancellationToken)
    {
        if (!zip.Contains(Encryption))
        {
            return;
        }

        using var xml = new XmlPart(zip.OpenPart(Encryption), Encryption, input.Options, cancellationToken);
        var depth = -1;
        while (xml.Read())
        {
            if (xml.IsStart && xml.Name == "EncryptedData")
            {
                depth = xml.Depth;
            }
            else if (xml.IsStart
                && xml.Name == "EncryptionMethod"
                && xml.Depth == depth + 1
                && xml.Attribute("Algorithm") is not ("http://www.idpf.org/2008/embedding" or "http://ns.adobe.com/pdf/enc#RC"))
            {
                throw new DocumentRejectedException(Rejection.Dead(
                    Reasons.Encrypted, "the book is under digital rights management ('META-INF/encryption.xml' names encrypted chapters); only its reader application can open it"));
            }
        }
    }

    private static string PackagePart(BoundedZip zip, ParseInput input, CancellationToken cancellationToken)
    {
        using var xml = new XmlPart(zip.OpenPart(Container), Container, input.Options, cancellationToken);
        while (xml.ReadTo("rootfile"))
        {
            if (xml.Attribute("full-path") is { Length: > 0 } path)
            {
                return PartPath.Resolve("", path);
            }
        }

        throw new DocumentRejectedException(Rejection.Dead(Reasons.Corrupt, $"the part '{Container}' names no package document"));
    }

    private static EpubBook ReadPackage(BoundedZip zip, string part, ParseInput input, CancellationToken cancellationToken)
    {
        var folder = part[..(part.LastIndexOf('/') + 1)];
        var items = new Dictionary<string, string>(StringComparer.Ordinal);
        var chapters = new List<string>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        using (var xml = new XmlPart(zip.OpenPart(part), part, input.Options, cancellationToken))
        {
            while (xml.Read())
            {
                if (!xml.IsStart)
                {
                    continue;
                }

                if (xml.Name == "item" && IsChapter(xml) && items.Count < MaxItems)
                {
                    items.TryAdd(xml.Attribute("id") ?? "", PartPath.Resolve(folder, Uri.UnescapeDataString(xml.Attribute("href") ?? "")));
                }
                else if (xml.Name == "itemref" && items.TryGetValue(xml.Attribute("idref") ?? "", out var chapter) && chapters.Count < MaxItems)
                {
                    chapters.Add(chapter);
                }
                else if (xml.NamespaceUri == "http://purl.org/dc/elements/1.1/" && MetadataKey(xml.Name) is { } key)
                {
                    AddMetadata(metadata, key, xml.ReadText(1000).Trim());
                }
            }
        }

        if (chapters.Count == 0)
        {
            throw new DocumentRejectedException(Rejection.Dead(Reasons.Corrupt, $"the part '{BoundedZip.Shown(part)}' lists no chapter to read (its spine is empty)"));
        }

        var title = metadata.Remove("title", out var text) ? text : null;
        return new EpubBook(DocumentTitle.Make(title, metadata, input.FileName), chapters.Distinct(StringComparer.Ordinal).ToList());
    }

    private static bool IsChapter(XmlPart xml) => xml.Attribute("media-type") is null or "application/xhtml+xml" or "text/html" or "text/x-oeb1-document" or "application/xml";

    private static string? MetadataKey(string element) => element switch
    {
        "title" or "language" or "publisher" or "date" or "subject" or "identifier" or "description" => element,
        "creator" => "author",
        _ => null,
    };

    /// <summary>Several authors and subjects are joined; of anything else the first counts.</summary>
    private static void AddMetadata(Dictionary<string, string> metadata, string key, string value)
    {
        if (value.Length == 0)
        {
            return;
        }

        if (key is "author" or "subject" && metadata.TryGetValue(key, out var before) && before.Length < 1000)
        {
            metadata[key] = $"{before}; {value}";
            return;
        }

        metadata.TryAdd(key, value);
    }
}

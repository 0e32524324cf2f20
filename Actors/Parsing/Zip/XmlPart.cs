using System.Text;
using System.Xml;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Zip;

/// <summary>
/// Reads one XML part of a package forwards: no document type, no external entity, nesting limited, long texts in pieces, cancellation looked at. Elements are
/// known by their local names, which the transitional and the strict edition of the formats share. Owns the stream. Not safe for concurrent use.
/// </summary>
internal sealed class XmlPart : IDisposable
{
    private const string TransitionalRelations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    private const string StrictRelations = "http://purl.oclc.org/ooxml/officeDocument/relationships";

    private readonly XmlReader _reader;
    private readonly string _name;
    private readonly int _maxDepth;
    private readonly CancellationToken _cancellationToken;
    private readonly char[] _piece = new char[4096];
    private int _nodes;

    /// <summary>Begins reading <paramref name="stream"/>, which it then owns.</summary>
    /// <param name="stream">The part's bytes.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="options">Limits.</param>
    /// <param name="cancellationToken">Looked at every few nodes.</param>
    public XmlPart(Stream stream, string name, ParsingOptions options, CancellationToken cancellationToken)
    {
        _name = name;
        _maxDepth = options.MaxNesting;
        _cancellationToken = cancellationToken;
        _reader = XmlReader.Create(new MarkupLimitStream(stream, name), new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Ignore,
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            CloseInput = true,
        });
    }

    /// <summary>Local name of the present element.</summary>
    public string Name => _reader.LocalName;

    /// <summary>Namespace of the present element.</summary>
    public string NamespaceUri => _reader.NamespaceURI;

    /// <summary>Depth of the present node.</summary>
    public int Depth => _reader.Depth;

    /// <summary>Whether the reader stands on a start tag.</summary>
    public bool IsStart => _reader.NodeType == XmlNodeType.Element;

    /// <summary>Whether the reader stands on an end tag.</summary>
    public bool IsEnd => _reader.NodeType == XmlNodeType.EndElement;

    /// <summary>Whether the element it stands on has no content and so no end tag.</summary>
    public bool IsEmpty => _reader.IsEmptyElement;

    /// <summary>Whether the reader stands on characters.</summary>
    public bool IsText => _reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace;

    /// <summary>Goes to the next node.</summary>
    /// <returns>False at the end.</returns>
    public bool Read()
    {
        if ((++_nodes & 0x3FF) == 0)
        {
            _cancellationToken.ThrowIfCancellationRequested();
        }

        if (!_reader.Read())
        {
            return false;
        }

        if (_reader.Depth > _maxDepth)
        {
            throw new DocumentRejectedException(Rejection.Dead(
                Reasons.Bomb, $"the part '{BoundedZip.Shown(_name)}' nests elements deeper than {_maxDepth}; raise sluice.parsing.max-nesting if it can be trusted, then `sluice dead replay`"));
        }

        return true;
    }

    /// <summary>Goes to the next start tag called <paramref name="name"/>.</summary>
    public bool ReadTo(string name)
    {
        while (Read())
        {
            if (IsStart && Name == name)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Leaves out the element it stands on: afterwards it stands on its end.</summary>
    public void Skip()
    {
        if (!IsStart || IsEmpty)
        {
            return;
        }

        var depth = Depth;
        while (Read() && Depth > depth)
        {
        }
    }

    /// <summary>An attribute without a namespace, or else in the namespace of its element.</summary>
    public string? Attribute(string name) => _reader.GetAttribute(name) ?? _reader.GetAttribute(name, _reader.NamespaceURI);

    /// <summary>An attribute that names a relation: <c>r:id</c>.</summary>
    public string? RelationAttribute(string name) => _reader.GetAttribute(name, TransitionalRelations) ?? _reader.GetAttribute(name, StrictRelations);

    /// <summary>Appends the next piece of the characters it stands on.</summary>
    /// <param name="text">Where to.</param>
    /// <returns>False when there are no more.</returns>
    public bool ReadTextPiece(StringBuilder text)
    {
        var read = _reader.ReadValueChunk(_piece, 0, _piece.Length);
        text.Append(_piece, 0, read);
        return read > 0;
    }

    /// <summary>The characters within the element it stands on, cut after <paramref name="most"/>; afterwards it stands on its end.</summary>
    public string ReadText(int most)
    {
        if (IsEmpty)
        {
            return "";
        }

        var text = new StringBuilder();
        var depth = Depth;
        while (Read() && Depth > depth)
        {
            while (IsText && ReadTextPiece(text))
            {
                text.Length = Math.Min(text.Length, most);
            }
        }

        return text.ToString();
    }

    public void Dispose() => _reader.Dispose();
}

namespace Sluice.Streams.Documents;

/// <summary>What a section is, which decides where it may be cut.</summary>
public enum SectionKind
{
    /// <summary>The document's title, with the document's metadata: not text of its own.</summary>
    Title,

    /// <summary>A heading; also the last entry of the heading path of what follows.</summary>
    Heading,

    /// <summary>Running text.</summary>
    Paragraph,

    /// <summary>An item of a list.</summary>
    ListItem,

    /// <summary>A row of a table or a record, kept whole where it fits.</summary>
    TableRow,

    /// <summary>Source code or preformatted text, kept whole where it fits, white space significant.</summary>
    Code,

    /// <summary>A picture, or a page seen as one; only for models that embed images.</summary>
    Image,
}

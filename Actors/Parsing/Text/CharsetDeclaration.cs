namespace Sluice.Actors.Parsing.Text;

/// <summary>Where a document may declare its character set.</summary>
internal enum CharsetDeclaration
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>In a <c>meta</c> element.</summary>
    Html,

    /// <summary>In the XML declaration.</summary>
    Xml,
}

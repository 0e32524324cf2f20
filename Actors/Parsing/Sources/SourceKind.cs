namespace Sluice.Actors.Parsing.Sources;

/// <summary>What kind of place a source is read from.</summary>
public enum SourceKind
{
    /// <summary>Standard input.</summary>
    StandardInput = 0,

    /// <summary>A file or a folder with everything below, of the machine that reads; which of the two, that machine's file system tells.</summary>
    File = 1,

    /// <summary>One page, by <c>http:</c> or <c>https:</c>.</summary>
    Http = 2,

    /// <summary>One object of a bucket.</summary>
    S3Object = 3,

    /// <summary>The objects of a bucket below a prefix.</summary>
    S3Prefix = 4,
}

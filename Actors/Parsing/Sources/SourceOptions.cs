using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>What is taken from a folder, a URL or a bucket. Configured below <c>sluice.source</c>.</summary>
public sealed class SourceOptions
{
    /// <summary>
    /// Globs of the files to take; empty (the default) for all. Matched, case-sensitive, with the path below the folder or prefix: <c>*</c> and <c>?</c> stay
    /// within a name, <c>**</c> spans folders, <c>[a-z]</c> and <c>{md,txt}</c> are alternatives. A glob without <c>/</c> matches names at any depth.
    /// </summary>
    [Required]
    public string[] Include { get; set; } = [];

    /// <summary>Globs of files and folders to leave out; stronger than <see cref="Include"/>. Default empty.</summary>
    [Required]
    public string[] Exclude { get; set; } = [];

    /// <summary>
    /// Absolute paths of files to leave out, together with their companions <c>-wal</c>, <c>-shm</c>, <c>-journal</c> and <c>.lock</c>: the databases that the run
    /// writes. Set by the program. Default empty.
    /// </summary>
    [Required]
    public string[] ExcludePaths { get; set; } = [];

    /// <summary>
    /// Whether files and folders whose name begins with a dot are taken. Version control folders (<c>.git</c>, <c>.hg</c>, <c>.svn</c>) never are. Default false.
    /// </summary>
    public bool Hidden { get; set; }

    /// <summary>
    /// Whether symbolic links are followed, out of the folder too. What is reached by its own path as well is listed under that only; loops are survived. Default
    /// true.
    /// </summary>
    public bool FollowLinks { get; set; } = true;

    /// <summary>
    /// Absolute paths of folders into which symbolic links may lead; empty (the default) for anywhere. What lies behind other links is neither read nor taken for gone. Set by
    /// the program for jobs that are posted to the API.
    /// </summary>
    [Required]
    public string[] LinkRoots { get; set; } = [];

    /// <summary>Folders below the root that are entered: 1 takes only the root's own files, 0 (the default) has no limit; 0 to 4,096.</summary>
    [Range(0, 4096)]
    public int MaxDepth { get; set; }

    /// <summary>File name that standard input is taken to have, for its type: <c>data.csv</c>. Default empty: the content alone decides.</summary>
    [Required(AllowEmptyStrings = true)]
    public string StandardInputName { get; set; } = "";

    /// <summary>URLs.</summary>
    [Required]
    public HttpSourceOptions Http { get; set; } = new();

    /// <summary>Buckets.</summary>
    [Required]
    public S3SourceOptions S3 { get; set; } = new();
}

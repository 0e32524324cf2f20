using System.ComponentModel.DataAnnotations;
using Sluice.Actors.Core;

namespace Sluice.Hosting.Configuration;

/// <summary>What every verb needs to know. Configured directly below <c>sluice</c>.</summary>
public sealed class SluiceOptions
{
    /// <summary>The database that is written to and searched, as a URI: <c>sqlite:PATH</c>. A relative path is relative to the working directory. Default <c>sqlite:./sluice.db</c>.</summary>
    [Required]
    public string Database { get; set; } = "sqlite:./sluice.db";

    /// <summary>
    /// Databases that an ingestion fills at once, each as far as it can by itself; they go before <see cref="Database"/>. What works with one database takes the first. Empty by
    /// default.
    /// </summary>
    [Required]
    public string[] Databases { get; set; } = [];

    /// <summary>
    /// The ledger, as a URI: what has been done. Empty, the default, is the file of the (first) SQLite database, and <c>sqlite:./sluice-ledger.db</c> where there is none.
    /// </summary>
    public string Ledger { get; set; } = "";

    /// <summary>The embedding model: a name in the cache or the path of a model folder. Empty, the default, is the model that comes with Sluice.</summary>
    public string Model { get; set; } = "";

    /// <summary>Folder for models. Empty, the default, is <c>$SLUICE_CACHE</c>, else <c>$XDG_CACHE_HOME/sluice</c>, else <c>~/.cache/sluice</c>.</summary>
    public string Cache { get; set; } = "";

    /// <summary>
    /// What becomes of documents that are gone from a source, at the end of a complete walk: <c>ask</c>, the default, removes them, and more than a share of what the source had only
    /// after consent; <c>always</c>; <c>never</c>. <c>true</c> and <c>false</c>, as it was written once, are <c>ask</c> and <c>never</c>.
    /// </summary>
    public PruneMode Prune { get; set; }
}

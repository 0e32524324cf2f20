namespace Sluice.Actors.Embedding;

/// <summary>How <see cref="DefaultModel"/> looks at what is there already.</summary>
public sealed record DefaultModelOptions
{
    /// <summary>Hash every file (some 30 MB) and not only compare sizes and times. Default: no.</summary>
    public bool Verify { get; init; }

    /// <summary>Is told in words what is done: the first conversion, or why a folder is made anew. Default: nobody.</summary>
    public Action<string>? Notify { get; init; }
}

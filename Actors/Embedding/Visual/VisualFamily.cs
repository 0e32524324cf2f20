namespace Sluice.Actors.Embedding.Visual;

/// <summary>A kind of model that embeds images and text into one space.</summary>
internal enum VisualFamily
{
    /// <summary>One vector an image (Radford et al., 2021); texts of any length up to 77 tokens.</summary>
    Clip,

    /// <summary>One vector an image (Zhai et al., 2023); texts filled up to 64 tokens, padding seen.</summary>
    Siglip,

    /// <summary>A vector for each patch of a page, compared by MaxSim (Faysse et al., 2024).</summary>
    ColPali,
}

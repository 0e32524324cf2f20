namespace Sluice.Actors.Sinks;

/// <summary>How the components of stored vectors are kept. Less than 32 bits take less room, and scores come out a little different.</summary>
#pragma warning disable CA1720 // These are the words of the field, and of the databases.
public enum ElementType
{
    /// <summary>32-bit floats: exactly what the model gave.</summary>
    Float32,

    /// <summary>16-bit floats: three digits and a half.</summary>
    Float16,

    /// <summary>8-bit integers between -127 and 127 times a scale that each vector has for itself, by its largest component.</summary>
    Int8,

    /// <summary>The signs alone.</summary>
    Binary,
}
#pragma warning restore CA1720

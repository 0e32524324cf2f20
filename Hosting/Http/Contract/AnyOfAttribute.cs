namespace Sluice.Hosting.Http.Contract;

/// <summary>What a value of JSON may be, where a type of C# cannot say it; for the API's description.</summary>
/// <param name="types">The types of which it is one; all of them known to <see cref="ApiJson"/>.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AnyOfAttribute(params Type[] types) : Attribute
{
    /// <summary>The types.</summary>
    public IReadOnlyList<Type> Types { get; } = types;
}

using System.Reflection;

namespace ContainerShim.Sdk.Grpc.Tests;

internal sealed class SurfaceTests
{
    private const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Whoever uses the package sees neither gRPC nor generated messages, so both can change.</summary>
    [Test]
    public void PublicSignatures_ShowNoTypesOfTheWire()
    {
        Assembly[] hidden =
        [
            typeof(Protocol.TypeUrls).Assembly, typeof(Google.Protobuf.IMessage).Assembly, typeof(global::Grpc.Core.Status).Assembly,
            typeof(global::Grpc.Net.Client.GrpcChannel).Assembly,
        ];
        Type[] shown = [.. typeof(GrpcEventPublisher).Assembly.GetExportedTypes().SelectMany(Signatures).SelectMany(Parts).Distinct()];

        Assert.That(shown, Does.Contain(typeof(ContainerdEvent)), "the search finds what is there");
        Assert.That(shown.Where(type => hidden.Contains(type.Assembly)), Is.Empty);
    }

    private static IEnumerable<Type> Signatures(Type type) =>
    [
        .. type.GetMethods(Public).Select(static method => method.ReturnType),
        .. type.GetMethods(Public).Cast<MethodBase>().Concat(type.GetConstructors(Public)).SelectMany(static method => method.GetParameters())
            .Select(static parameter => parameter.ParameterType),
        .. type.GetProperties(Public).Select(static property => property.PropertyType),
        .. type.GetInterfaces(),
    ];

    private static IEnumerable<Type> Parts(Type type) => type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type) : [type];
}

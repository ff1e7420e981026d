using System.Reflection;
using System.Reflection.Emit;

namespace ContainerShim.Sdk.Tests.Layering;

/// <summary>Finds which types a type uses: in its declarations, and in the code of its methods and of what the compiler made of them.</summary>
internal static class TypeUses
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields()
        .Select(static field => (OpCode)field.GetValue(null)!).ToDictionary(static code => code.Value);

    /// <summary>The types used by all types of a namespace.</summary>
    internal static IEnumerable<(Type User, Type Used)> In(Assembly assembly, string name) =>
        from user in assembly.GetTypes()
        where user.Namespace == name
        from used in Of(user).Distinct()
        select (user, used);

    internal static IEnumerable<Type> Of(Type type)
    {
        IEnumerable<Type?> declared =
        [
            type.BaseType, .. type.GetInterfaces(), .. type.GetFields(All).Select(static field => field.FieldType),
            .. type.GetCustomAttributesData().Select(static attribute => attribute.AttributeType),
        ];
        return declared.Concat(Methods(type).SelectMany(static method => Signature(method).Concat(Body(method)))).SelectMany(Parts);
    }

    /// <summary>The types in the signatures that a user of the type sees.</summary>
    internal static IEnumerable<Type> Exposed(Type type)
    {
        IEnumerable<Type?> fields = type.GetFields(All).Where(static field => field.IsPublic || field.IsFamily).Select(static field => field.FieldType);
        IEnumerable<Type?> methods = Methods(type).Where(static method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly)
            .SelectMany(Signature);
        return fields.Concat(methods).Append(type.BaseType).Concat(type.GetInterfaces()).SelectMany(Parts);
    }

    private static IEnumerable<MethodBase> Methods(Type type) => [.. type.GetMethods(All), .. type.GetConstructors(All)];

    private static IEnumerable<Type?> Signature(MethodBase method) =>
        method.GetParameters().Select(static parameter => parameter.ParameterType).Append((method as MethodInfo)?.ReturnType);

    private static IEnumerable<Type?> Body(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            yield break;
        }

        foreach (LocalVariableInfo local in body.LocalVariables)
        {
            yield return local.LocalType;
        }

        byte[] code = body.GetILAsByteArray()!;
        for (int at = 0; at < code.Length;)
        {
            OpCode operation = code[at] == 0xFE ? Codes[(short)(0xFE00 | code[at + 1])] : Codes[code[at]];
            at += operation.Size;
            if (operation.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                foreach (Type? used in Resolve(method, BitConverter.ToInt32(code, at)))
                {
                    yield return used;
                }
            }

            at += OperandSize(operation, code, at);
        }
    }

    private static IEnumerable<Type?> Resolve(MethodBase method, int token)
    {
        MemberInfo member = method.Module.ResolveMember(
            token, method.DeclaringType!.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : null)!;
        return member switch
        {
            Type type => [type],
            MethodInfo called => [called.DeclaringType, .. called.IsGenericMethod ? called.GetGenericArguments() : []],
            _ => [member.DeclaringType],
        };
    }

    private static int OperandSize(OpCode operation, byte[] code, int at) => operation.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
        _ => 4,
    };

    private static IEnumerable<Type> Parts(Type? type)
    {
        if (type is null || type.IsGenericParameter)
        {
            return [];
        }

        return type.HasElementType ? Parts(type.GetElementType())
            : type.IsConstructedGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition())
            : [type];
    }
}
